package dev.twinpath.server.http;

import dev.twinpath.server.content.ContentRegion;
import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.ConnectionProtocol;
import dev.twinpath.server.metrics.HttpProtocol;
import dev.twinpath.server.metrics.RequestMethod;
import dev.twinpath.server.path.OpenConnections;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import java.io.IOException;
import java.util.Arrays;

/**
 * One HTTP/1.1 connection. Requests are taken one after the other: while one waits for the disk, or
 * too many responses are queued, the bytes behind it wait too, so that pipelined responses leave in
 * order by construction. All responses to one read leave with one flush.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter
    implements GenericFutureListener<Future<? super Void>> {
  private static final long LINGER_NANOS = 2_000_000_000L;
  private static final int LINGER_BYTES = 1 << 20;
  private static final int UNREAD_BYTES = 64 * 1024;
  private static final byte[] NOTHING = {};

  final HttpLoop loop;
  private final RequestHead head = new RequestHead();
  private final RequestParser parser;
  private ChannelHandlerContext ctx;

  /** This connection's place in the sweep's list. */
  int sweepIndex;

  private byte[] pending = NOTHING;
  private int pendingLength;
  private long bodyToSkip;
  private boolean waiting;
  private boolean consuming;
  private boolean closing;
  private boolean closeWhenDone;
  private boolean inputClosed;
  private boolean unread;
  private int outstanding;
  private Exchange oldest;
  private Exchange newest;
  private Exchange unflushed;
  private CloseReason reason;

  private long now;
  private long exchangeStart;
  private long headStart;
  private boolean inHead;
  private long lastActive;
  private long progressMark;
  private long lingerStart;
  private boolean lingering;
  private int lingered;

  HttpConnection(HttpLoop loop) {
    this.loop = loop;
    this.parser = new RequestParser(loop.limits, head);
  }

  // ---- the life of the connection

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    if (context.channel().isActive()) {
      opened();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    opened();
  }

  private void opened() {
    if (lastActive == 0) {
      lastActive = System.nanoTime();
      loop.recorder.connectionOpened(ConnectionProtocol.HTTP);
      loop.add(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (lastActive != 0) {
      CloseReason cause = reason != null ? reason : CloseReason.RESET;
      loop.recorder.connectionClosed(ConnectionProtocol.HTTP, cause);
      loop.remove(this);
    }
    closing = true;
    pendingLength = 0;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    close(cause instanceof IOException ? CloseReason.RESET : CloseReason.ERROR);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputClosed = true;
      closeIfDone();
    } else if (event == OpenConnections.DRAIN) {
      closeWhenDone = true;
      if (idle()) {
        close(CloseReason.DRAIN);
      }
    }
  }

  private boolean idle() {
    return outstanding == 0 && !waiting && pendingLength == 0 && bodyToSkip == 0;
  }

  /**
   * After the client's last byte: ends the connection once everything is answered. Requests that
   * wait until the channel is writable again are answered then.
   */
  private void closeIfDone() {
    boolean held = pendingLength > 0 && !closing && !ctx.channel().isWritable();
    if (inputClosed && outstanding == 0 && !waiting && !held) {
      close(lingering || closing ? CloseReason.SERVER : CloseReason.CLIENT);
    }
  }

  private void close(CloseReason why) {
    if (reason == null) {
      reason = why;
    }
    closing = true;
    pendingLength = 0;
    ctx.close();
  }

  // ---- reading

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof ByteBuf)) {
      ReferenceCountUtil.release(message);
      return;
    }
    ByteBuf in = (ByteBuf) message;
    int count = in.readableBytes();
    try {
      if (closing) {
        discard(count);
        return;
      }
      now = System.nanoTime();
      lastActive = now;
      if (pendingLength == 0 && !paused()) {
        byte[] data = loop.scratch(count);
        in.readBytes(data, 0, count);
        consume(data, 0, count);
      } else {
        grow(pendingLength + count);
        in.readBytes(pending, pendingLength, count);
        pendingLength += count;
        if (!paused()) {
          consume(pending, 0, pendingLength);
        } else if (pendingLength > UNREAD_BYTES) {
          ctx.channel().config().setAutoRead(false);
        }
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      resume();
    }
  }

  private boolean paused() {
    return waiting || outstanding >= loop.limits.outstanding() || !ctx.channel().isWritable();
  }

  private void consume(byte[] data, int from, int to) {
    int at = from;
    consuming = true;
    loop.clock.update();
    while (at < to && !closing && !paused()) {
      if (bodyToSkip > 0) {
        int skipped = (int) Math.min(bodyToSkip, to - at);
        at += skipped;
        bodyToSkip -= skipped;
        if (bodyToSkip == 0) {
          dispatch();
        }
        continue;
      }
      if (!inHead) {
        inHead = true;
        headStart = now;
      }
      int result = parser.parse(data, at, to);
      if (result == RequestParser.INCOMPLETE) {
        break;
      }
      inHead = false;
      if (result == RequestParser.COMPLETE) {
        at = parser.end();
        begin();
      } else {
        refuse(result);
      }
    }
    consuming = false;
    if (closing) {
      pendingLength = 0;
      unread |= at < to;
    } else {
      keep(data, at, to);
    }
  }

  private void keep(byte[] data, int from, int to) {
    pendingLength = to - from;
    if (pendingLength == 0) {
      return;
    }
    if (data != pending) {
      grow(pendingLength);
    }
    System.arraycopy(data, from, pending, 0, pendingLength);
  }

  private void grow(int bytes) {
    if (pending.length < bytes) {
      pending = Arrays.copyOf(pending, Math.max(bytes, 512));
    }
  }

  private void begin() {
    boolean tooLong = head.contentLength > loop.limits.bodyBytes();
    if (head.chunked || tooLong || head.expectContinue && head.contentLength > 0) {
      // The body is not read: the connection ends with this response.
      head.connectionClose = true;
      unread = true;
    }
    if (tooLong) {
      startExchange();
      loop.files.refuse(this, head, HttpStatus.CONTENT_TOO_LARGE);
    } else if (head.contentLength > 0 && !head.connectionClose) {
      bodyToSkip = head.contentLength;
      head.keepTarget();
    } else {
      unread |= head.contentLength > 0;
      dispatch();
    }
  }

  private void startExchange() {
    exchangeStart = now;
    loop.recorder.requestStarted();
  }

  private void dispatch() {
    startExchange();
    loop.files.handle(this, head);
  }

  /** A request that could not be understood: where the next one would begin is not known. */
  private void refuse(int status) {
    head.clear();
    head.connectionClose = true;
    head.method = RequestMethod.OTHER;
    reason = CloseReason.PROTOCOL_ERROR;
    unread = true;
    startExchange();
    loop.files.refuse(this, head, status);
  }

  // ---- answering

  /** The request waits for something away from the loop; {@link #resume} follows its response. */
  void suspend() {
    waiting = true;
  }

  /** What was waited for has come, and the response is about to be written. */
  void answered() {
    waiting = false;
    now = System.nanoTime();
    loop.clock.update();
  }

  /** Goes on with what came meanwhile, and sends what is written. */
  void resume() {
    if (!consuming && !closing && !paused()) {
      if (pendingLength > 0) {
        now = System.nanoTime();
        consume(pending, 0, pendingLength);
      }
      if (!paused() && !inputClosed && !ctx.channel().config().isAutoRead()) {
        ctx.channel().config().setAutoRead(true);
      }
    }
    flush();
    closeIfDone();
  }

  ChannelHandlerContext context() {
    return ctx;
  }

  /** The time of the current batch of work, by {@link System#nanoTime}. */
  long now() {
    return now;
  }

  /** Whether the connection goes on after the current request. */
  boolean keepAlive() {
    return !closeWhenDone && head.keepAlive();
  }

  /**
   * Writes the response to the current request, without flushing.
   *
   * @param first the head's bytes, maybe with the body behind
   * @param body a buffer, a {@link ContentRegion}, or null
   * @param bodyBytes bytes of the body, wherever they are
   */
  void respond(int status, ByteBuf first, Object body, BodyMode mode, long bodyBytes) {
    boolean last = !keepAlive();
    Exchange exchange =
        new Exchange(
            ctx.channel(),
            head.method,
            head.http11 ? HttpProtocol.HTTP_1_1 : HttpProtocol.HTTP_1_0,
            status,
            exchangeStart,
            mode,
            bodyBytes,
            last,
            body instanceof ContentRegion ? (ContentRegion) body : null);
    exchange.addListener(this);
    closing |= last;
    outstanding++;
    if (newest == null) {
      oldest = exchange;
    } else {
      newest.next = exchange;
    }
    newest = exchange;
    if (unflushed == null) {
      unflushed = exchange;
    }
    if (body == null) {
      ctx.write(first, exchange);
    } else {
      ctx.write(first, ctx.voidPromise());
      ctx.write(body, exchange);
    }
  }

  private void flush() {
    Exchange exchange = unflushed;
    if (exchange == null) {
      return;
    }
    unflushed = null;
    long handedOver = System.nanoTime();
    for (; exchange != null; exchange = exchange.next) {
      loop.recorder.firstByte(handedOver - exchange.startNanos);
    }
    ctx.flush();
  }

  /** The last byte of a response was handed over, or never will be. */
  @Override
  public void operationComplete(Future<? super Void> future) {
    Exchange exchange = (Exchange) future;
    outstanding--;
    takeOut(exchange);
    lastActive = System.nanoTime();
    loop.recorder.requestCompleted(
        exchange.method, exchange.status, exchange.protocol, lastActive - exchange.startNanos);
    if (exchange.isSuccess()) {
      exchange.sent(loop.recorder, exchange.bodyBytes);
      if (exchange.last) {
        endOutput();
      } else if (closeWhenDone && outstanding == 0 && !waiting) {
        close(CloseReason.DRAIN);
      } else if (pendingLength > 0 || inputClosed) {
        resume();
      }
    } else {
      failed(exchange);
    }
  }

  /** Responses end in the order of their writes, but for those whose write was refused at once. */
  private void takeOut(Exchange exchange) {
    if (unflushed == exchange) {
      unflushed = exchange.next;
    }
    Exchange before = null;
    for (Exchange at = oldest; at != exchange; at = at.next) {
      before = at;
    }
    if (before == null) {
      oldest = exchange.next;
    } else {
      before.next = exchange.next;
    }
    if (newest == exchange) {
      newest = before;
    }
  }

  private void failed(Exchange exchange) {
    ContentRegion region = exchange.region;
    if (region != null) {
      exchange.sent(loop.recorder, region.transferred());
      if (region.truncated()) {
        reason = CloseReason.TRUNCATED;
      }
    }
    close(CloseReason.RESET);
  }

  /**
   * The last response is out. If the client may still be sending, its bytes are read and thrown
   * away for a moment: closing over unread bytes makes the kernel reset the connection, which can
   * destroy the response at the client (RFC 9112 section 9.6).
   */
  private void endOutput() {
    if (reason == null) {
      reason = closeWhenDone ? CloseReason.DRAIN : CloseReason.SERVER;
    }
    if (!unread || inputClosed || !(ctx.channel() instanceof DuplexChannel)) {
      ctx.close();
      return;
    }
    lingering = true;
    lingerStart = System.nanoTime();
    ctx.channel().config().setAutoRead(true);
    ((DuplexChannel) ctx.channel()).shutdownOutput();
  }

  private void discard(int count) {
    unread = true;
    lingered += count;
    if (lingering && lingered > LINGER_BYTES) {
      ctx.close();
    }
  }

  // ---- deadlines

  /** Called about once a second: ends what makes no progress. */
  void sweep(long at) {
    if (lingering) {
      if (at - lingerStart > LINGER_NANOS) {
        ctx.close();
      }
    } else if (outstanding > 0 || waiting) {
      sweepResponse(at);
    } else if (inHead || bodyToSkip > 0) {
      long since = inHead ? headStart : lastActive;
      if (at - since > loop.limits.headDeadline().toNanos() && !closing) {
        now = at;
        inHead = false;
        bodyToSkip = 0;
        refuse(HttpStatus.REQUEST_TIMEOUT);
        reason = CloseReason.IDLE;
        flush();
      }
    } else if (at - lastActive > loop.limits.idle().toNanos()) {
      close(CloseReason.IDLE);
    }
  }

  /** A slow client is a healthy client: only one that takes nothing at all is given up. */
  private void sweepResponse(long at) {
    ChannelOutboundBuffer out = ctx.channel().unsafe().outboundBuffer();
    long mark = out == null ? 0 : 31 * out.totalPendingWriteBytes() + out.currentProgress();
    mark = 31 * mark + outstanding;
    if (oldest != null && oldest.region != null) {
      long transferred = oldest.region.transferred();
      oldest.sent(loop.recorder, transferred);
      mark = 31 * mark + transferred;
    }
    if (mark != progressMark || waiting) {
      progressMark = mark;
      lastActive = at;
    } else if (at - lastActive > loop.limits.stall().toNanos()) {
      close(CloseReason.IDLE);
    }
  }
}
