package dev.twinpath.server.path;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import java.util.concurrent.RejectedExecutionException;

/** Closing a connection with a RST, so that its peer cannot take what it has for the whole. */
public final class Resets {
  private Resets() {}

  /**
   * Resets a connection, whatever waits to be sent; nothing if it is closed already. Any thread.
   */
  public static void reset(Channel channel) {
    if (!channel.isRegistered() || channel.eventLoop().inEventLoop()) {
      resetNow(channel);
      return;
    }
    try {
      // Only there is it certain that the socket is still this one's when its option is set.
      channel.eventLoop().execute(() -> resetNow(channel));
    } catch (RejectedExecutionException e) {
      // The loop has ended, and closed all of its connections.
    }
  }

  private static void resetNow(Channel channel) {
    if (channel.isOpen()) {
      closeWithReset(channel);
      channel.close();
    }
  }

  /** From now on every close of it, also the transport's own after a failure, is a RST. */
  public static void closeWithReset(Channel channel) {
    linger(channel, 0);
  }

  /** From now on a close is a FIN again. */
  public static void closeInOrder(Channel channel) {
    linger(channel, -1);
  }

  private static void linger(Channel channel, int seconds) {
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, seconds);
    } catch (ChannelException e) {
      // The socket is gone already, and so is the question how to close it.
    }
  }
}
