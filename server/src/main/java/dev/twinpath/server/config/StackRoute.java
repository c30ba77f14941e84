package dev.twinpath.server.config;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.Route;

/**
 * One route of the user stack: a network and the neighbour that leads to it, of one IP version.
 *
 * @param route as the stack sees it
 */
public record StackRoute(Route route) {
  /**
   * Parses {@code 192.168.0.0/16:10.0.0.1}, {@code default:10.0.0.1}, {@code 2001:db8::/32:fd00::1}
   * or {@code default:fd00::1}. The gateway's version says which default is meant.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static StackRoute parse(String text) {
    // The colon that ends the network is the first after its prefix length.
    int colon = text.indexOf(':', Math.max(0, text.indexOf('/')));
    boolean named = text.startsWith("default:");
    if (colon < 0 || !named && text.indexOf('/') < 0) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not a route such as default:10.0.0.1, 192.168.0.0/16:10.0.0.1 or"
              + " 2001:db8::/32:fd00::1");
    }
    String network = text.substring(0, colon);
    IpAddress gateway = Addresses.parseIp(text.substring(colon + 1));
    if (gateway.isAny() || gateway.isMulticast()) {
      throw new IllegalArgumentException("'" + gateway + "' in '" + text + "' is no gateway");
    }
    if (named
        || network.equals("0.0.0.0/0") && gateway.isV4()
        || network.equals("::/0") && !gateway.isV4()) {
      return new StackRoute(Route.defaultVia(gateway));
    }
    StackAddress parsed = StackAddress.parseNetwork(network);
    boolean v4 = network.indexOf(':') < 0;
    if (v4 != gateway.isV4()) {
      throw new IllegalArgumentException(
          "network and gateway in '" + text + "' are not of the same IP version");
    }
    return new StackRoute(new Route(parsed.address(), parsed.prefixLength(), gateway, v4));
  }
}
