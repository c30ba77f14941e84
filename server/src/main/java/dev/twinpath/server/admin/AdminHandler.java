package dev.twinpath.server.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One admin connection. Pipelined requests are taken up at once and answered in order; a client
 * that sends many and reads nothing is not read from any more.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

  private static final int MAX_PENDING = 16;

  private final AdminRoutes routes;
  private final Deque<CompletableFuture<Reply>> pending = new ArrayDeque<>();

  /** A body that is being sent, on a connection where nothing else is written meanwhile. */
  private Optional<StreamedBody> streaming = Optional.empty();

  private boolean inputEnded;
  private boolean gone;

  /**
   * An answer and what its request wants of it.
   *
   * @param head only the head
   * @param chunks whether the client knows them: not in HTTP/1.0
   */
  private record Reply(AdminResponse answer, boolean head, boolean chunks) {}

  AdminHandler(AdminRoutes routes) {
    this.routes = routes;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    boolean chunks = request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    CompletableFuture<Reply> response =
        answer(ctx, request)
            .exceptionally(AdminHandler::failed)
            .thenApply(answer -> new Reply(answer, head, chunks))
            .toCompletableFuture();
    pending.add(response);
    response.whenCompleteAsync((done, failure) -> writeWhatIsDone(ctx), ctx.executor());
    slowDown(ctx);
  }

  private void writeWhatIsDone(ChannelHandlerContext ctx) {
    while (streaming.isEmpty() && !pending.isEmpty() && pending.peek().isDone()) {
      write(ctx, pending.poll().join());
    }
    ctx.flush();
    if (inputEnded && pending.isEmpty() && streaming.isEmpty()) {
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
    slowDown(ctx);
  }

  private void write(ChannelHandlerContext ctx, Reply reply) {
    Optional<StreamedBody> stream = reply.answer().stream();
    if (stream.isEmpty()) {
      ctx.write(encode(reply.answer(), reply.head()));
    } else if (gone || reply.head()) {
      stream.get().abort();
      ctx.write(encode(reply.answer(), true));
    } else {
      streaming = stream;
      HttpResponse head =
          new DefaultHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.answer().status()));
      headers(reply.answer(), head.headers());
      HttpUtil.setTransferEncodingChunked(head, reply.chunks());
      ctx.writeAndFlush(head);
      stream.get().begin(ctx, () -> streamed(ctx));
      if (inputEnded) {
        stream.get().finish();
      }
    }
  }

  private void streamed(ChannelHandlerContext ctx) {
    streaming = Optional.empty();
    writeWhatIsDone(ctx);
  }

  private void slowDown(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(ctx.channel().isWritable() && pending.size() < MAX_PENDING);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    slowDown(ctx);
    ctx.fireChannelWritabilityChanged();
  }

  private CompletionStage<AdminResponse> answer(
      ChannelHandlerContext ctx, FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return CompletableFuture.completedFuture(
          AdminResponse.error(400, "That is not a request that this port understands."));
    }
    try {
      Optional<AdminResponse> refusal = RequestGuard.refuse(request);
      return refusal.isPresent()
          ? CompletableFuture.completedFuture(refusal.get())
          : routes.answer(AdminRequest.of(request, String.valueOf(ctx.channel().remoteAddress())));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static AdminResponse failed(Throwable failure) {
    LOG.warn("An admin request failed", failure);
    return AdminResponse.error(500, "The server failed to answer: " + failure + ". See its log.");
  }

  private static FullHttpResponse encode(AdminResponse answer, boolean head) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(answer.status()),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body()));
    headers(answer, response.headers());
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, answer.body().length);
    return response;
  }

  private static void headers(AdminResponse answer, HttpHeaders headers) {
    headers.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
    headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    answer.headers().forEach(headers::set);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof IdleStateEvent) {
      // A capture may have nothing to say for hours; whether its client lives it finds out itself.
      if (streaming.isEmpty()) {
        ctx.close();
      }
    } else if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      streaming.ifPresent(StreamedBody::finish);
      writeWhatIsDone(ctx);
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    gone = true;
    streaming.ifPresent(StreamedBody::abort);
    for (CompletableFuture<Reply> reply : pending) {
      reply.thenAccept(done -> done.answer().stream().ifPresent(StreamedBody::abort));
    }
    super.channelInactive(ctx);
  }

  /** A peer that resets its connection is no event for an operator. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("An admin connection broke", cause);
    ctx.close();
  }
}
