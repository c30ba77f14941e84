package dev.twinpath.server.config;

/**
 * One route of the user stack: a network and the neighbour that leads to it.
 *
 * @param network IPv4 network address; 0 with a prefix of 0 is the default route
 * @param prefixLength 0..32
 * @param gateway the next hop, on one of the stack's own networks
 */
public record StackRoute(int network, int prefixLength, int gateway) {
  /**
   * Parses {@code 192.168.0.0/16:10.0.0.1} or {@code default:10.0.0.1}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static StackRoute parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a route such as default:10.0.0.1 or 192.168.0.0/16:10.0.0.1");
    }
    int gateway = Addresses.parseIpv4(text.substring(colon + 1));
    String network = text.substring(0, colon);
    if (network.equals("default") || network.equals("0.0.0.0/0")) {
      return new StackRoute(0, 0, gateway);
    }
    StackAddress parsed = StackAddress.parse(network);
    return new StackRoute(parsed.address(), parsed.prefixLength(), gateway);
  }
}
