package dev.twinpath.server.path;

import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Which relay uses which port of the gateway's own address, so that the server, which sees only
 * that port, can find the client behind it. A port is taken before its SYN leaves: the origin is
 * known whenever the server asks. Thread-safe.
 */
final class RelayOrigins implements ConnectionOrigin.Resolver {
  private static final int FIRST_PORT = 1024;
  private static final int PORTS = 65_536 - FIRST_PORT;

  private final InetAddress address;
  private final Map<Integer, Channel> fronts = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();

  /**
   * @param address the gateway's address on its wire
   */
  RelayOrigins(InetAddress address) {
    this.address = address;
  }

  /** Takes a port for the relay of a connection; empty if all are taken. */
  Optional<InetSocketAddress> take(Channel front) {
    for (int i = 0; i < PORTS; i++) {
      int port = FIRST_PORT + Math.floorMod(next.getAndIncrement(), PORTS);
      if (fronts.putIfAbsent(port, front) == null) {
        return Optional.of(new InetSocketAddress(address, port));
      }
    }
    return Optional.empty();
  }

  void giveBack(InetSocketAddress taken) {
    fronts.remove(taken.getPort());
  }

  @Override
  public Optional<ConnectionOrigin> resolve(Channel accepted) {
    if (!(accepted.remoteAddress() instanceof InetSocketAddress)) {
      return Optional.empty();
    }
    InetSocketAddress peer = (InetSocketAddress) accepted.remoteAddress();
    if (!peer.getAddress().equals(address)) {
      return Optional.empty();
    }
    Channel front = fronts.get(peer.getPort());
    if (front == null
        || !(front.remoteAddress() instanceof InetSocketAddress)
        || !(front.localAddress() instanceof InetSocketAddress)) {
      return Optional.empty();
    }
    ConnectionOrigin.noteFront(accepted, front);
    return Optional.of(
        new ConnectionOrigin(
            (InetSocketAddress) front.remoteAddress(),
            (InetSocketAddress) front.localAddress(),
            true));
  }
}
