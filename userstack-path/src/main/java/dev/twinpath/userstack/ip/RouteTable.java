package dev.twinpath.userstack.ip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a packet goes next: on link, through a gateway, or nowhere; and which addresses are ours.
 * An address is two longs, IPv4 as mapped ({@link IpAddress}), or an int in host order where only
 * IPv4 can be meant. Nothing here allocates after construction.
 */
public final class RouteTable {
  /** No route, where the next hop is an IPv4 address. */
  public static final int NONE = 0;

  private final InterfaceAddress[] addresses;
  private final AddressState[] states;
  private final Route[] routes;

  /**
   * Creates the table. Links are tried before gateways, then longer prefixes first, then in the
   * order given.
   */
  public RouteTable(List<InterfaceAddress> addresses, List<Route> routes) {
    this.addresses = addresses.toArray(new InterfaceAddress[0]);
    states = new AddressState[this.addresses.length];
    Arrays.fill(states, AddressState.PREFERRED);
    List<Route> all = new ArrayList<>();
    addresses.forEach(address -> all.add(Route.onLink(address)));
    routes.stream()
        .sorted((a, b) -> Integer.compare(b.prefixLength(), a.prefixLength()))
        .forEach(all::add);
    this.routes = all.toArray(new Route[0]);
  }

  /** Whether packets to the address are for this stack: it is ours, and may be used. */
  public boolean isLocal(long high, long low) {
    int index = indexOf(high, low);
    return index >= 0 && states[index].isUsable();
  }

  /** Which of our addresses an address is, whether it may be used or not; -1 = none. */
  public int indexOf(long high, long low) {
    for (int i = 0; i < addresses.length; i++) {
      if (addresses[i].is(high, low)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether an address of ours may be used. */
  public AddressState state(int index) {
    return states[index];
  }

  /** Says whether an address of ours may be used; all may until something is said. */
  void state(int index, AddressState state) {
    states[index] = state;
  }

  /** Whether an address of ours is used before it is known that nobody else has it. */
  boolean isOptimistic(long high, long low) {
    int index = indexOf(high, low);
    return index >= 0 && states[index] == AddressState.OPTIMISTIC;
  }

  /** The same for IPv4. */
  public boolean isLocal(int address) {
    return isLocal(0, IpAddress.mapped(address));
  }

  /** Whether the address is a broadcast address of one of our links; IPv6 has none. */
  public boolean isBroadcast(int address) {
    if (address == -1) {
      return true;
    }
    for (int i = 0; i < addresses.length; i++) {
      InterfaceAddress ours = addresses[i];
      if (ours.isV4() && ours.prefixLength() < 31 && ours.broadcast() == address) {
        return true;
      }
    }
    return false;
  }

  /** The route to an address, or null. */
  public Route find(long high, long low) {
    for (int i = 0; i < routes.length; i++) {
      if (routes[i].matches(high, low)) {
        return routes[i];
      }
    }
    return null;
  }

  /** The next hop on the way to an IPv4 address, or {@link #NONE}. */
  public int nextHop(int destination) {
    long low = IpAddress.mapped(destination);
    Route route = find(0, low);
    return route == null ? NONE : (int) route.hopLow(low);
  }

  /**
   * Which of our addresses to use towards a destination of its IP version. For IPv4, one on the
   * next hop's link, else the first. For IPv6, of RFC 6724 section 5 what applies to one link and
   * no temporary addresses: the destination itself, the same scope, the next hop's link, the
   * longest common prefix.
   *
   * @return null if no address of ours that may be used has that version
   */
  public IpAddress sourceFor(long high, long low) {
    boolean v4 = IpAddress.isV4(high, low);
    Route route = find(high, low);
    InterfaceAddress best = null;
    int bestRank = -1;
    for (int i = 0; i < addresses.length; i++) {
      InterfaceAddress ours = addresses[i];
      if (ours.isV4() == v4 && states[i].isUsable()) {
        int rank = rank(ours, route, high, low);
        if (rank > bestRank) {
          best = ours;
          bestRank = rank;
        }
      }
    }
    return best == null ? null : best.address();
  }

  private static int rank(InterfaceAddress ours, Route route, long high, long low) {
    int rank = 0;
    if (ours.is(high, low)) {
      rank += 1 << 12;
    }
    if (ours.address().isLinkLocal() == IpAddress.isLinkLocal(high)) {
      rank += 1 << 10;
    }
    if (route != null && ours.onLink(route.hopHigh(high), route.hopLow(low))) {
      rank += 1 << 8;
    }
    if (!ours.isV4()) {
      rank += Prefix.commonBits(ours.address().high(), ours.address().low(), high, low);
    }
    return rank;
  }

  /** {@link #sourceFor(long, long)} for IPv4, 0 if no address of ours is one. */
  public int sourceFor(int destination) {
    IpAddress source = sourceFor(0, IpAddress.mapped(destination));
    return source == null ? 0 : source.v4();
  }

  /** How many addresses are ours. */
  public int addressCount() {
    return addresses.length;
  }

  /** One of our addresses. */
  public InterfaceAddress address(int index) {
    return addresses[index];
  }
}
