package dev.twinpath.server.path;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The kernel's listening sockets. Each new connection goes to the kernel path's own pipeline, or
 * through the front door to the user path, whichever is active at that moment.
 */
public final class KernelListeners implements AutoCloseable {
  private static final int BACKLOG = 4096;

  private final KernelPathService path;
  private final PathSwitch paths;
  private final List<Channel> listeners = new ArrayList<>();
  private volatile Optional<FrontDoor> frontDoor = Optional.empty();

  /** No listener yet. */
  public KernelListeners(KernelPathService path, PathSwitch paths) {
    this.path = path;
    this.paths = paths;
  }

  /** Opens the way to the user path, for connections that come from now on. */
  public void frontDoor(FrontDoor door) {
    frontDoor = Optional.of(door);
  }

  /**
   * Listens on an address.
   *
   * @param pipeline the kernel path's initialiser for this service
   * @return the address, with the real port
   * @throws IOException if the address cannot be had
   */
  public InetSocketAddress listen(
      InetSocketAddress address, Service service, ChannelHandler pipeline) throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(path.group())
            .channel(path.serverChannelClass())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Chooser(service, pipeline))
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(bound.cause().getMessage(), bound.cause());
    }
    listeners.add(bound.channel());
    return (InetSocketAddress) bound.channel().localAddress();
  }

  /** Stops listening; connections that are there stay. */
  @Override
  public void close() {
    for (Channel listener : listeners) {
      listener.close().awaitUninterruptibly();
    }
  }

  private final class Chooser extends ChannelInitializer<Channel> {
    private final Service service;
    private final ChannelHandler pipeline;

    Chooser(Service service, ChannelHandler pipeline) {
      this.service = service;
      this.pipeline = pipeline;
    }

    @Override
    protected void initChannel(Channel accepted) {
      Optional<FrontDoor> door = frontDoor;
      if (door.isPresent() && paths.active() == DataPath.USERSTACK) {
        door.get().accept(accepted, service);
      } else {
        path.prepare(accepted);
        accepted.pipeline().addLast(pipeline);
      }
    }
  }
}
