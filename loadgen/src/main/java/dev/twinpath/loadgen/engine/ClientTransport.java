package dev.twinpath.loadgen.engine;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** How the generator uses the kernel's sockets. */
public enum ClientTransport {
  /** The leanest that this machine has: epoll, else NIO. */
  AUTO,
  /** Linux epoll. */
  EPOLL,
  /** The JDK's selectors. */
  NIO;

  /**
   * Returns what AUTO means on this machine.
   *
   * @throws IllegalStateException when epoll was asked for and is not there
   */
  public ClientTransport resolve() {
    if (this == NIO) {
      return NIO;
    }
    if (Epoll.isAvailable()) {
      return EPOLL;
    }
    if (this == EPOLL) {
      throw new IllegalStateException("epoll is not available here", Epoll.unavailabilityCause());
    }
    return NIO;
  }

  IoHandlerFactory ioHandlerFactory() {
    return resolve() == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  SocketChannel newChannel() {
    return this == EPOLL ? new EpollSocketChannel() : new NioSocketChannel();
  }
}
