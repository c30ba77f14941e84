package dev.twinpath.userstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps what a pipeline sees: bytes, user events, errors, and when the channel opened and closed.
 */
class Recorder extends ChannelInboundHandlerAdapter {
  final CompletableFuture<Channel> active = new CompletableFuture<>();
  final CompletableFuture<Channel> inactive = new CompletableFuture<>();
  final List<Object> userEvents = new CopyOnWriteArrayList<>();
  final List<Throwable> errors = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long receivedBytes;
  private volatile long received;

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    active.complete(ctx.channel());
    super.channelActive(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    inactive.complete(ctx.channel());
    super.channelInactive(ctx);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    ByteBuf buffer = (ByteBuf) message;
    try {
      byte[] copy = new byte[buffer.readableBytes()];
      buffer.readBytes(copy);
      synchronized (bytes) {
        bytes.write(copy);
      }
      receivedBytes += copy.length;
      received = receivedBytes;
    } finally {
      buffer.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    userEvents.add(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    errors.add(cause);
  }

  long received() {
    return received;
  }

  byte[] bytes() {
    synchronized (bytes) {
      return bytes.toByteArray();
    }
  }
}
