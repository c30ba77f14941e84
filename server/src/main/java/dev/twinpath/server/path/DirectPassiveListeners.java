package dev.twinpath.server.path;

import dev.twinpath.server.config.PortRange;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Passive listeners that the client reaches directly: on the address that the control connection
 * has here, first of all on its event loop. In the kernel that is one listening socket. In the user
 * stack the NIC decides which queue, and so which loop, a connection comes to; so there each loop
 * gets a listener, all on one port.
 */
public final class DirectPassiveListeners implements PassiveListeners {
  /** How often a port that is free on one loop may turn out to be taken on another. */
  private static final int ATTEMPTS = 16;

  private final PathService path;
  private final List<EventLoop> allLoops = new ArrayList<>();

  /** For the connections of a path. */
  public DirectPassiveListeners(PathService path) {
    this.path = path;
    if (path.path() == DataPath.USERSTACK) {
      for (EventExecutor loop : path.group()) {
        allLoops.add((EventLoop) loop);
      }
    }
  }

  @Override
  public Future<PassiveListener> listen(
      Channel control, ConnectionOrigin origin, PortRange ports, ChannelHandler handler) {
    Attempt attempt = new Attempt(control, ports, handler);
    attempt.begin();
    return attempt.promise;
  }

  /** Binding on one loop after the other; all of its steps run on the control connection's loop. */
  private final class Attempt {
    private final EventLoop home;
    private final InetAddress address;
    private final Optional<ConnectionOrigin.Resolver> origins;
    private final PortRange ports;
    private final ChannelHandler handler;
    private final Promise<PassiveListener> promise;
    private final List<Channel> bound = new ArrayList<>();
    private Iterator<EventLoop> others = List.<EventLoop>of().iterator();
    private int attempts;

    Attempt(Channel control, PortRange ports, ChannelHandler handler) {
      this.home = control.eventLoop();
      this.address = ((InetSocketAddress) control.localAddress()).getAddress();
      this.origins =
          Optional.ofNullable(control.parent())
              .map(parent -> parent.attr(ConnectionOrigin.RESOLVER).get());
      this.ports = ports;
      this.handler = handler;
      this.promise = home.newPromise();
    }

    void begin() {
      attempts++;
      others = allLoops.stream().filter(loop -> loop != home).iterator();
      bind(home, ports);
    }

    private void bind(EventLoop loop, PortRange choice) {
      Bindings.bind(path, loop, origins, address, choice, handler)
          .addListener(
              (FutureListener<Channel>) result -> home.execute(() -> next(result, choice)));
    }

    private void next(Future<Channel> result, PortRange choice) {
      if (result.isSuccess()) {
        bound.add(result.getNow());
        if (others.hasNext()) {
          int port = ((InetSocketAddress) result.getNow().localAddress()).getPort();
          bind(others.next(), new PortRange(port, port));
        } else {
          promise.setSuccess(new BoundListener(bound));
        }
      } else {
        bound.forEach(Channel::close);
        boolean free = !bound.isEmpty();
        bound.clear();
        if (free && attempts < ATTEMPTS) {
          begin();
        } else {
          promise.setFailure(result.cause());
        }
      }
    }
  }

  private static final class BoundListener implements PassiveListener {
    private final List<Channel> channels;
    private final InetSocketAddress address;

    BoundListener(List<Channel> channels) {
      this.channels = List.copyOf(channels);
      this.address = (InetSocketAddress) channels.get(0).localAddress();
    }

    @Override
    public InetSocketAddress address() {
      return address;
    }

    @Override
    public void close() {
      channels.forEach(Channel::close);
    }
  }
}
