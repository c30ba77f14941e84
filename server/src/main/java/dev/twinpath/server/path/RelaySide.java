package dev.twinpath.server.path;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One end of a {@link Relay}: what it reads is written to the other end. It stops reading while the
 * other end has enough to write, so that a slow reader on one side slows the sender on the other,
 * as one TCP connection would. The two ends live on event loops of their own.
 */
final class RelaySide extends ChannelDuplexHandler {
  private final Relay relay;
  private final ByteCounter received;
  private final ByteCounter sent;
  private volatile RelaySide peer;
  private volatile Channel channel;
  private volatile boolean outputEnded;

  // On this side's own loop only. What came before the other end was there is kept: epoll tells of
  // a FIN, and reads what came before it, even while nothing shall be read.
  private final Queue<Object> early = new ArrayDeque<>();
  private boolean begun;
  private boolean inputEnded;

  /** Counts bytes on the event loop of the side that it belongs to. */
  @FunctionalInterface
  interface ByteCounter {
    ByteCounter NONE = bytes -> {};

    void add(long bytes);
  }

  RelaySide(Relay relay, ByteCounter received, ByteCounter sent) {
    this.relay = relay;
    this.received = received;
    this.sent = sent;
  }

  void peer(RelaySide other) {
    peer = other;
  }

  Channel channel() {
    return channel;
  }

  /** True after our FIN to this side's peer. */
  boolean outputEnded() {
    return outputEnded;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    // Nothing is read before the other end is connected.
    channel.config().setAutoRead(false);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (begun) {
      pass(message);
    } else {
      early.add(message);
    }
  }

  /** The other end is there. From any thread. */
  void begin() {
    channel
        .eventLoop()
        .execute(
            () -> {
              begun = true;
              while (!early.isEmpty()) {
                pass(early.remove());
              }
              peer.channel.flush();
              if (inputEnded) {
                peer.finish();
              }
              resume();
            });
  }

  /** Reads on, unless there is nothing more: epoll fails if it is asked then. On its own loop. */
  private void resume() {
    if (!inputEnded) {
      channel.config().setAutoRead(true);
    }
  }

  private void pass(Object message) {
    received.add(((ByteBuf) message).readableBytes());
    relay.moved();
    Channel target = peer.channel;
    if (target.eventLoop().isShuttingDown()) {
      ReferenceCountUtil.release(message);
      relay.reset();
      return;
    }
    target.write(message, target.voidPromise());
    if (!target.isWritable()) {
      channel.config().setAutoRead(false);
      if (target.isWritable()) {
        resume(); // it was drained in between, and told so too early
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (begun) {
      peer.channel.flush();
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    sent.add(((ByteBuf) message).readableBytes());
    context.write(message, promise);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable() && peer.channel != null) {
      peer.channel.eventLoop().execute(peer::resume);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      if (begun) {
        peer.finish();
      }
    }
  }

  /** Passes a FIN on, behind everything that was written. From any thread. */
  private void finish() {
    if (channel.eventLoop().isShuttingDown()) {
      relay.reset();
      return;
    }
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            written -> {
              if (written.isSuccess()) {
                ((DuplexChannel) channel)
                    .shutdownOutput()
                    .addListener(shut -> finished(shut.isSuccess()));
              } else {
                relay.reset();
              }
            });
  }

  private void finished(boolean success) {
    if (success) {
      outputEnded = true;
      relay.outputEnded();
    } else {
      relay.reset();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    relay.reset();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    while (!early.isEmpty()) {
      ReferenceCountUtil.release(early.remove());
    }
    relay.sideClosed();
  }

  /** Closes with a RST. From any thread. */
  void reset() {
    Channel closing = channel;
    if (closing != null) {
      Resets.reset(closing);
    }
  }

  /** Closes in order. From any thread. */
  void close() {
    Channel closing = channel;
    if (closing != null) {
      closing.close();
    }
  }
}
