package dev.twinpath.server.ftp;

import dev.twinpath.server.metrics.CloseReason;
import dev.twinpath.server.metrics.ConnectionProtocol;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.path.Resets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;

/**
 * The client's data connection. It may live on another event loop than the session; all that is
 * told here is told on the session's loop.
 */
final class DataConnection extends ChannelInboundHandlerAdapter {
  private static final Runnable NOBODY = () -> {};

  private final Channel channel;
  private final EventExecutor sessionLoop;
  private final LoopRecorder recorder;

  // All below: on the session's loop only.
  private Runnable onEvent = NOBODY;
  private CloseReason reason = CloseReason.CLIENT;
  private boolean inputEnded;
  private boolean broken;
  private boolean gone;

  DataConnection(Channel channel, EventExecutor sessionLoop, LoopRecorder recorder) {
    this.channel = channel;
    this.sessionLoop = sessionLoop;
    this.recorder = recorder;
  }

  Channel channel() {
    return channel;
  }

  /** Calls back at every change of the states below. */
  void onEvent(Runnable callback) {
    onEvent = callback;
  }

  /** The client has closed its side in order. */
  boolean inputEnded() {
    return inputEnded;
  }

  /** The connection broke: the client reset it, or it vanished. */
  boolean broken() {
    return broken;
  }

  /** Nothing is left of it. */
  boolean gone() {
    return gone;
  }

  /** Sends FIN after everything that was written. */
  ChannelFuture finish() {
    return ((DuplexChannel) channel).shutdownOutput();
  }

  /** Closes in order. */
  void close(CloseReason why) {
    reason = why;
    onEvent = NOBODY;
    channel
        .eventLoop()
        .execute(
            () -> {
              Resets.closeInOrder(channel);
              channel.close();
            });
  }

  /** Closes so that the client cannot take what it has for the whole. */
  void reset(CloseReason why) {
    reason = why;
    onEvent = NOBODY;
    channel.close();
  }

  // ---- on the connection's own loop

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    // A transport that fails in a write closes by itself; that must be a reset too, never a FIN.
    Resets.closeWithReset(context.channel());
    sessionLoop.execute(() -> recorder.connectionOpened(ConnectionProtocol.FTP_DATA));
    context
        .channel()
        .closeFuture()
        .addListener(
            (ChannelFutureListener)
                closed ->
                    sessionLoop.execute(
                        () -> {
                          gone = true;
                          recorder.connectionClosed(
                              ConnectionProtocol.FTP_DATA, broken ? CloseReason.RESET : reason);
                          onEvent.run();
                        }));
  }

  /** Nothing is expected from the client; reading is only how its FIN is noticed. */
  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      sessionLoop.execute(
          () -> {
            inputEnded = true;
            onEvent.run();
          });
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    sessionLoop.execute(
        () -> {
          broken = true;
          onEvent.run();
        });
    context.close();
  }
}
