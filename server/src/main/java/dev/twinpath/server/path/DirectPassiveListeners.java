package dev.twinpath.server.path;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Passive listeners that the client reaches directly: one more listening channel of the same class,
 * on the event loop of the control connection and on the address that the client already knows.
 */
public final class DirectPassiveListeners implements PassiveListeners {
  private static final int BACKLOG = 4;

  private final PathService path;

  /** Listeners on a path. */
  public DirectPassiveListeners(PathService path) {
    this.path = path;
  }

  @Override
  public Future<PassiveListener> listen(
      Channel control, ConnectionOrigin origin, PortRange ports, ChannelHandler handler) {
    EventLoop loop = control.eventLoop();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop, loop)
            .channel(path.serverChannelClass())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(new Prepared(handler));
    InetAddress address = ((InetSocketAddress) control.localAddress()).getAddress();
    Promise<PassiveListener> promise = loop.newPromise();
    // A random start keeps the next port from being guessed, and spares ports just used.
    int start = ThreadLocalRandom.current().nextInt(ports.size());
    bind(bootstrap, address, ports, start, 0, promise);
    return promise;
  }

  private static void bind(
      ServerBootstrap bootstrap,
      InetAddress address,
      PortRange ports,
      int start,
      int attempt,
      Promise<PassiveListener> promise) {
    int port = ports.first() + (start + attempt) % ports.size();
    bootstrap
        .bind(address, port)
        .addListener(
            (ChannelFutureListener)
                bound -> {
                  if (bound.isSuccess()) {
                    promise.setSuccess(new BoundListener(bound));
                  } else if (attempt + 1 < ports.size()) {
                    bind(bootstrap, address, ports, start, attempt + 1, promise);
                  } else {
                    promise.setFailure(bound.cause());
                  }
                });
  }

  /** Lets the path prepare a channel before its handler. */
  private final class Prepared extends ChannelInitializer<Channel> {
    private final ChannelHandler handler;

    Prepared(ChannelHandler handler) {
      this.handler = handler;
    }

    @Override
    protected void initChannel(Channel accepted) {
      path.prepare(accepted);
      accepted.pipeline().addLast(handler);
    }
  }

  private static final class BoundListener implements PassiveListener {
    private final Channel channel;
    private final InetSocketAddress address;

    BoundListener(ChannelFuture bound) {
      channel = bound.channel();
      address = (InetSocketAddress) channel.localAddress();
    }

    @Override
    public InetSocketAddress address() {
      return address;
    }

    @Override
    public void close() {
      channel.close();
    }
  }
}
