package dev.twinpath.userstack.ip;

import java.util.List;

/** Where a packet goes next: on link, through a gateway, or nowhere. */
public final class RouteTable {
  /** No route. */
  public static final int NONE = 0;

  private final InterfaceAddress[] addresses;
  private final Route[] routes;

  /** Creates the table; longer prefixes are tried first. */
  public RouteTable(List<InterfaceAddress> addresses, List<Route> routes) {
    this.addresses = addresses.toArray(new InterfaceAddress[0]);
    this.routes =
        routes.stream()
            .sorted((a, b) -> Integer.compare(b.prefixLength(), a.prefixLength()))
            .toArray(Route[]::new);
  }

  /** Whether packets to the address are for this stack. */
  public boolean isLocal(int address) {
    for (int i = 0; i < addresses.length; i++) {
      if (addresses[i].address() == address) {
        return true;
      }
    }
    return false;
  }

  /** Whether the address is a broadcast address of one of our links. */
  public boolean isBroadcast(int address) {
    if (address == -1) {
      return true;
    }
    for (int i = 0; i < addresses.length; i++) {
      if (addresses[i].prefixLength() < 31 && addresses[i].broadcast() == address) {
        return true;
      }
    }
    return false;
  }

  /** The next hop on the way to an address, or {@link #NONE}. */
  public int nextHop(int destination) {
    for (int i = 0; i < addresses.length; i++) {
      if (addresses[i].onLink(destination)) {
        return destination;
      }
    }
    for (int i = 0; i < routes.length; i++) {
      if (routes[i].matches(destination)) {
        return routes[i].gateway();
      }
    }
    return NONE;
  }

  /**
   * Which of our addresses to use towards a destination: one on the next hop's link, else the
   * first.
   */
  public int sourceFor(int destination) {
    int hop = nextHop(destination);
    for (int i = 0; i < addresses.length; i++) {
      if (addresses[i].onLink(hop)) {
        return addresses[i].address();
      }
    }
    return addresses[0].address();
  }

  /** The stack's first address. */
  public int firstAddress() {
    return addresses[0].address();
  }
}
