package dev.twinpath.server.ftp;

import dev.twinpath.server.path.ConnectionOrigin;
import dev.twinpath.userstack.netty.UserStackSocketChannel;
import dev.twinpath.userstack.stack.TcpState;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.util.Optional;

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

  /** Where {@link #of} has to be called, so that the socket cannot go while it is asked. */
  static EventExecutor loopToAsk(Channel channel) {
    return ConnectionOrigin.front(channel).orElse(channel).eventLoop();
  }

  /** Asks about a connection whose output was shut down. On {@link #loopToAsk}. */
  static Delivery of(Channel channel) {
    Optional<Channel> front = ConnectionOrigin.front(channel);
    if (front.isPresent()) {
      // Its peer is our own relay: what counts is what the client has of it. If the relay has
      // closed it already and that was a reset, then the news is on the way here.
      boolean passedOn = ((DuplexChannel) front.get()).isOutputShutdown();
      boolean closed = !front.get().isOpen();
      return closed ? UNKNOWN : passedOn ? direct(front.get()) : PENDING;
    }
    return direct(channel);
  }

  private static Delivery direct(Channel channel) {
    if (channel instanceof UserStackSocketChannel) {
      return ofState(((UserStackSocketChannel) channel).tcpInfo().state());
    }
    if (channel instanceof EpollSocketChannel) {
      return ofState(channel, ((EpollSocketChannel) channel).tcpInfo().state());
    }
    if (channel instanceof IoUringSocketChannel) {
      return ofState(channel, ((IoUringSocketChannel) channel).tcpInfo().state());
    }
    return UNKNOWN;
  }

  private static Delivery ofState(TcpState state) {
    switch (state) {
      case FIN_WAIT_2:
      case TIME_WAIT:
      case CLOSED: // a reset would have been told before
        return ACKNOWLEDGED;
      default:
        return PENDING;
    }
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
