package dev.twinpath.userstack.ip;

/**
 * A static route through a gateway.
 *
 * @param destination network, host order
 * @param prefixLength 0..32; 0 = default route
 * @param gateway next hop, on link, host order
 */
public record Route(int destination, int prefixLength, int gateway) {
  /** Checks the prefix length and clears the destination's host bits. */
  public Route {
    if (prefixLength < 0 || prefixLength > 32) {
      throw new IllegalArgumentException("prefix length " + prefixLength + " is not in 0..32");
    }
    destination &= prefixLength == 0 ? 0 : -1 << 32 - prefixLength;
  }

  /** The default route. */
  public static Route defaultVia(int gateway) {
    return new Route(0, 0, gateway);
  }

  /**
   * Parses {@code a.b.c.d/len via g.h.i.j} or {@code default via g.h.i.j}.
   *
   * @throws IllegalArgumentException if malformed
   */
  public static Route parse(String text) {
    String[] words = text.trim().split("\\s+");
    if (words.length != 3 || !words[1].equals("via")) {
      throw new IllegalArgumentException("a route is NETWORK/LENGTH via GATEWAY, not: " + text);
    }
    int gateway = Ipv4Address.parse(words[2]);
    if (words[0].equals("default")) {
      return defaultVia(gateway);
    }
    InterfaceAddress network = InterfaceAddress.parse(words[0]);
    return new Route(network.address(), network.prefixLength(), gateway);
  }

  /** Whether the route leads to an address. */
  public boolean matches(int address) {
    return prefixLength == 0 || (address ^ destination) >>> 32 - prefixLength == 0;
  }

  @Override
  public String toString() {
    return Ipv4Address.format(destination)
        + "/"
        + prefixLength
        + " via "
        + Ipv4Address.format(gateway);
  }
}
