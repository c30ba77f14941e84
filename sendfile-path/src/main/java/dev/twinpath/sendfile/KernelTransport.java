package dev.twinpath.sendfile;

import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;
import java.util.Optional;

/**
 * The kernel's own TCP, reached in one of Netty's three ways. All three write a {@code
 * DefaultFileRegion} without copying its bytes through this process: by {@code sendfile(2)} (epoll,
 * NIO) or by {@code splice(2)} through a pipe (io_uring).
 *
 * <p>Thread-safe; the probe of a transport runs once, at the first question about it.
 */
public enum KernelTransport {
  /** Completion based; files leave by splice. Needs Linux 5.9 or newer and no seccomp filter. */
  IO_URING("splice"),
  /** Readiness based, by Netty's native library; files leave by sendfile. */
  EPOLL("sendfile"),
  /** Readiness based, by the JDK's own selector; files leave by sendfile. Always there. */
  NIO("sendfile");

  private final String fileMode;
  private volatile TransportProbe probe;

  KernelTransport(String fileMode) {
    this.fileMode = fileMode;
  }

  /**
   * The name on the command line and in metrics: {@code io_uring}, {@code epoll} or {@code nio}.
   */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * How file regions leave: {@code sendfile} or {@code splice}; the metrics' label {@code mode}.
   */
  public String fileMode() {
    return fileMode;
  }

  /** True if this machine can use it: the library loads, and a connection over it was made. */
  public boolean available() {
    return probe().cause().isEmpty();
  }

  /** Why {@link #available()} is false, in one line; empty when it is true. */
  public Optional<String> unavailabilityCause() {
    return probe().cause();
  }

  /** A new factory for event loops of this transport. */
  public IoHandlerFactory ioHandlerFactory() {
    switch (this) {
      case IO_URING:
        return IoUringIoHandler.newFactory();
      case EPOLL:
        return EpollIoHandler.newFactory();
      default:
        return NioIoHandler.newFactory();
    }
  }

  /** The class of listening channels. */
  public Class<? extends ServerSocketChannel> serverChannelClass() {
    switch (this) {
      case IO_URING:
        return IoUringServerSocketChannel.class;
      case EPOLL:
        return EpollServerSocketChannel.class;
      default:
        return NioServerSocketChannel.class;
    }
  }

  /** The class of connected channels. */
  public Class<? extends SocketChannel> channelClass() {
    switch (this) {
      case IO_URING:
        return IoUringSocketChannel.class;
      case EPOLL:
        return EpollSocketChannel.class;
      default:
        return NioSocketChannel.class;
    }
  }

  /**
   * Adds what a connected channel of this transport needs to send files of any size right. To be
   * called before other handlers are added.
   */
  public void prepare(Channel channel) {
    if (this == IO_URING) {
      channel.pipeline().addFirst("far-offsets", FarOffsets.INSTANCE);
    }
  }

  /** What Netty says about the library, before anything is tried. */
  Optional<String> libraryCause() {
    Throwable cause = null;
    if (this == IO_URING) {
      cause = IoUring.isAvailable() ? null : IoUring.unavailabilityCause();
      if (cause == null && !IoUring.isSpliceSupported()) {
        return Optional.of("this kernel's io_uring has no splice, so files would be copied");
      }
    } else if (this == EPOLL) {
      cause = Epoll.isAvailable() ? null : Epoll.unavailabilityCause();
    }
    return Optional.ofNullable(cause).map(TransportProbe::oneLine);
  }

  private TransportProbe probe() {
    TransportProbe known = probe;
    if (known == null) {
      synchronized (this) {
        known = probe;
        if (known == null) {
          known = TransportProbe.run(this);
          probe = known;
        }
      }
    }
    return known;
  }
}
