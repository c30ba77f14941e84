package dev.twinpath.server.ftp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.uring.IoUringSocketChannel;

/**
 * Whether the client's TCP has acknowledged all that was sent, our FIN included. A kernel transport
 * completes a write when the socket buffer took it, so the kernel has to be asked; a state in which
 * our FIN is acknowledged (RFC 9293, section 3.3.2) says it all.
 */
enum Delivery {
  /** The client has everything. */
  ACKNOWLEDGED,
  /** Not yet. */
  PENDING,
  /** It never will: the connection was reset. */
  BROKEN,
  /** This transport cannot tell. */
  UNKNOWN;

  // The numbers of Linux's include/net/tcp_states.h.
  private static final int FIN_WAIT_2 = 5;
  private static final int TIME_WAIT = 6;
  private static final int CLOSE = 7;

  /** SOL_SOCKET, SO_ERROR of Linux. */
  private static final ChannelOption<Integer> SOCKET_ERROR =
      new IntegerUnixChannelOption("SO_ERROR", 1, 4);

  /** Asks about a connection whose output was shut down. On any thread. */
  static Delivery of(Channel channel) {
    if (channel instanceof EpollSocketChannel) {
      return ofState(channel, ((EpollSocketChannel) channel).tcpInfo().state());
    }
    if (channel instanceof IoUringSocketChannel) {
      return ofState(channel, ((IoUringSocketChannel) channel).tcpInfo().state());
    }
    return UNKNOWN;
  }

  private static Delivery ofState(Channel channel, int state) {
    switch (state) {
      case FIN_WAIT_2:
      case TIME_WAIT:
        return ACKNOWLEDGED;
      case CLOSE:
        // Both FINs are acknowledged, or a reset came.
        return channel.config().getOption(SOCKET_ERROR) == 0 ? ACKNOWLEDGED : BROKEN;
      default:
        return PENDING;
    }
  }
}
