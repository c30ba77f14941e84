package dev.twinpath.server.path;

import dev.twinpath.server.config.PortRange;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Binds one listening channel for FTP data to a free port of a range. */
final class Bindings {
  private static final int BACKLOG = 4;

  private final ServerBootstrap bootstrap;
  private final InetAddress address;
  private final PortRange ports;
  private final int start;
  private final Promise<Channel> promise;

  private Bindings(
      ServerBootstrap bootstrap, InetAddress address, PortRange ports, Promise<Channel> promise) {
    this.bootstrap = bootstrap;
    this.address = address;
    this.ports = ports;
    // A random start keeps the next port from being guessed, and spares ports just used.
    this.start = ThreadLocalRandom.current().nextInt(ports.size());
    this.promise = promise;
  }

  /**
   * Binds; fails with the last port's error if none is free.
   *
   * @param path whose listening channel it is, and which prepares what it accepts
   * @param origins set on the listener as its {@link ConnectionOrigin#RESOLVER}
   * @param handler of accepted connections, which live on {@code loop} too; sharable
   */
  static Future<Channel> bind(
      PathService path,
      EventLoop loop,
      Optional<ConnectionOrigin.Resolver> origins,
      InetAddress address,
      PortRange ports,
      ChannelHandler handler) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop, loop)
            .channel(path.serverChannelClass())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(new Prepared(path, handler));
    origins.ifPresent(resolver -> bootstrap.attr(ConnectionOrigin.RESOLVER, resolver));
    Promise<Channel> promise = loop.newPromise();
    new Bindings(bootstrap, address, ports, promise).attempt(0);
    return promise;
  }

  private void attempt(int number) {
    int port = ports.first() + (start + number) % ports.size();
    bootstrap
        .bind(address, port)
        .addListener(
            (ChannelFutureListener)
                bound -> {
                  if (bound.isSuccess()) {
                    promise.setSuccess(bound.channel());
                  } else if (number + 1 < ports.size()) {
                    attempt(number + 1);
                  } else {
                    promise.setFailure(bound.cause());
                  }
                });
  }

  /** Lets the path prepare a channel before its handler. */
  private static final class Prepared extends ChannelInitializer<Channel> {
    private final PathService path;
    private final ChannelHandler handler;

    Prepared(PathService path, ChannelHandler handler) {
      this.path = path;
      this.handler = handler;
    }

    @Override
    protected void initChannel(Channel accepted) {
      path.prepare(accepted);
      accepted.pipeline().addLast(handler);
    }
  }
}
