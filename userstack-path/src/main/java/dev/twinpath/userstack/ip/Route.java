package dev.twinpath.userstack.ip;

/**
 * A route: through a gateway, or on link, as every prefix of an address of ours gives one.
 *
 * @param destination network
 * @param prefixLength 0..32 for IPv4, 0..128 for IPv6; 0 = default route
 * @param gateway next hop, on link; {@link IpAddress#ANY} = the destination itself
 * @param v4 whether it is a route of IPv4
 */
public record Route(IpAddress destination, int prefixLength, IpAddress gateway, boolean v4) {
  /** Checks the prefix length and clears the destination's host bits. */
  public Route {
    Prefix.check(prefixLength, v4);
    if (!gateway.isAny() && gateway.isV4() != v4) {
      throw new IllegalArgumentException(
          "the gateway " + gateway + " is not of the IP version of " + destination);
    }
    if (gateway.isMulticast()) {
      throw new IllegalArgumentException("the gateway " + gateway + " is a multicast address");
    }
    IpAddress start =
        v4 && destination.isAny() ? new IpAddress(0, IpAddress.mapped(0)) : destination;
    destination = Prefix.network(start, Prefix.bits(prefixLength, v4));
  }

  /** The default route of the gateway's IP version. */
  public static Route defaultVia(IpAddress gateway) {
    return new Route(IpAddress.ANY, 0, gateway, gateway.isV4());
  }

  /** The route that an address of ours gives to its link. */
  static Route onLink(InterfaceAddress address) {
    return new Route(address.address(), address.prefixLength(), IpAddress.ANY, address.isV4());
  }

  /**
   * Parses {@code NETWORK/LENGTH via GATEWAY} or {@code default via GATEWAY}, of either IP version.
   *
   * @throws IllegalArgumentException if malformed
   */
  public static Route parse(String text) {
    String[] words = text.trim().split("\\s+");
    if (words.length != 3 || !words[1].equals("via")) {
      throw new IllegalArgumentException("a route is NETWORK/LENGTH via GATEWAY, not: " + text);
    }
    IpAddress gateway = IpAddress.parse(words[2]);
    if (gateway.isAny()) {
      throw new IllegalArgumentException("a route needs a gateway: " + text);
    }
    if (words[0].equals("default")) {
      return defaultVia(gateway);
    }
    int slash = words[0].indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("a route is NETWORK/LENGTH via GATEWAY, not: " + text);
    }
    boolean v4 = words[0].indexOf(':') < 0;
    return new Route(
        IpAddress.parse(words[0].substring(0, slash)),
        Prefix.parseLength(words[0], slash),
        gateway,
        v4);
  }

  /** Whether the route leads to an address. */
  public boolean matches(long high, long low) {
    return v4 == IpAddress.isV4(high, low)
        && Prefix.matches(
            destination.high(), destination.low(), Prefix.bits(prefixLength, v4), high, low);
  }

  /** The upper half of the next hop towards a destination with this upper half. */
  public long hopHigh(long destinationHigh) {
    return gateway.isAny() ? destinationHigh : gateway.high();
  }

  /** The lower half of the next hop towards a destination with this lower half. */
  public long hopLow(long destinationLow) {
    return gateway.isAny() ? destinationLow : gateway.low();
  }

  @Override
  public String toString() {
    return destination + "/" + prefixLength + (gateway.isAny() ? " on link" : " via " + gateway);
  }
}
