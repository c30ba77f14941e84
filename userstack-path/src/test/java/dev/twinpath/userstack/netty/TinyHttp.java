package dev.twinpath.userstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A file server just large enough to have a real pipeline on the transport: GET, keep-alive. */
final class TinyHttp extends ChannelInitializer<Channel> implements AutoCloseable {
  private final Map<String, Entry> files = new ConcurrentHashMap<>();

  private static final class Entry {
    private final FileChannel channel;
    private final MappedFile mapped;

    Entry(Path path) throws Exception {
      channel = FileChannel.open(path);
      mapped = MappedFile.map(channel, Files.size(path));
    }
  }

  void add(String uri, Path path) throws Exception {
    files.put(uri, new Entry(path));
  }

  /** References beyond the server's own, over all files. */
  int leases() {
    return files.values().stream().mapToInt(entry -> entry.mapped.refCnt() - 1).sum();
  }

  @Override
  protected void initChannel(Channel channel) {
    channel.pipeline().addLast(new HttpServerCodec(), new Handler());
  }

  private final class Handler extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
      if (!(message instanceof HttpRequest)) {
        return;
      }
      HttpRequest request = (HttpRequest) message;
      boolean keepAlive = HttpUtil.isKeepAlive(request);
      Entry entry = files.get(request.uri());
      ChannelFuture last;
      if (entry == null) {
        HttpResponse response =
            new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND);
        ByteBuf body = ByteBufUtil.writeAscii(ctx.alloc(), "no such file\n");
        HttpUtil.setContentLength(response, body.readableBytes());
        ctx.write(response);
        ctx.write(body);
        last = ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
      } else {
        long length = entry.mapped.length();
        HttpResponse response =
            new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpUtil.setContentLength(response, length);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
        ctx.write(response);
        ctx.write(new MappedFileRegion(entry.channel, entry.mapped, 0, length));
        last = ctx.write(LastHttpContent.EMPTY_LAST_CONTENT);
      }
      if (!keepAlive) {
        last.addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  @Override
  public void close() throws Exception {
    for (Entry entry : files.values()) {
      entry.mapped.release();
      entry.channel.close();
    }
  }
}
