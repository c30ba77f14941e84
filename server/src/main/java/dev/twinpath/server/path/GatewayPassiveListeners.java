package dev.twinpath.server.path;

import dev.twinpath.server.config.PortRange;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Passive listeners behind the gateway: one in the stack, where the server waits, and one in the
 * kernel, on the address that the client knows, whose connections are relayed to it. Only the
 * session's own client is relayed. Control connections that are not relayed get a direct listener.
 */
final class GatewayPassiveListeners implements PassiveListeners {
  private final Gateway gateway;
  private final KernelPathService kernel;
  private final PassiveListeners direct;

  GatewayPassiveListeners(Gateway gateway, KernelPathService kernel, PassiveListeners direct) {
    this.gateway = gateway;
    this.kernel = kernel;
    this.direct = direct;
  }

  @Override
  public Future<PassiveListener> listen(
      Channel control, ConnectionOrigin origin, PortRange ports, ChannelHandler handler) {
    if (!origin.relayed()) {
      return direct.listen(control, origin, ports, handler);
    }
    Promise<PassiveListener> promise = control.eventLoop().newPromise();
    direct
        .listen(control, origin, PortRange.ANY, handler)
        .addListener(
            (FutureListener<PassiveListener>)
                inner -> {
                  if (inner.isSuccess()) {
                    listenInKernel(inner.getNow(), origin, ports, promise);
                  } else {
                    promise.setFailure(inner.cause());
                  }
                });
    return promise;
  }

  private void listenInKernel(
      PassiveListener inner,
      ConnectionOrigin origin,
      PortRange ports,
      Promise<PassiveListener> promise) {
    Bindings.bind(
            kernel,
            kernel.group().next(),
            Optional.empty(),
            origin.server().getAddress(),
            ports,
            new Door(inner.address(), origin))
        .addListener(
            (FutureListener<Channel>)
                outer -> {
                  if (outer.isSuccess()) {
                    promise.setSuccess(new Both(inner, outer.getNow()));
                  } else {
                    inner.close();
                    promise.setFailure(outer.cause());
                  }
                });
  }

  /** Relays the client's data connections, and nobody else's. */
  private final class Door extends ChannelInitializer<Channel> {
    private final InetSocketAddress target;
    private final ConnectionOrigin origin;

    Door(InetSocketAddress target, ConnectionOrigin origin) {
      this.target = target;
      this.origin = origin;
    }

    @Override
    protected void initChannel(Channel accepted) {
      InetSocketAddress client = (InetSocketAddress) accepted.remoteAddress();
      if (client != null && origin.isClient(client.getAddress())) {
        gateway.relay(accepted, target);
      } else {
        Resets.reset(accepted);
      }
    }
  }

  private static final class Both implements PassiveListener {
    private final PassiveListener inner;
    private final Channel outer;
    private final InetSocketAddress address;

    Both(PassiveListener inner, Channel outer) {
      this.inner = inner;
      this.outer = outer;
      this.address = (InetSocketAddress) outer.localAddress();
    }

    @Override
    public InetSocketAddress address() {
      return address;
    }

    @Override
    public void close() {
      outer.close();
      inner.close();
    }
  }
}
