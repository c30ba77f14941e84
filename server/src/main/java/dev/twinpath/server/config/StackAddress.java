package dev.twinpath.server.config;

import dev.twinpath.userstack.ip.InterfaceAddress;
import dev.twinpath.userstack.ip.IpAddress;

/**
 * One of the user stack's own addresses, with the length of its network's prefix.
 *
 * @param address of either IP version
 * @param prefixLength 1..32 for IPv4, 1..128 for IPv6
 */
public record StackAddress(IpAddress address, int prefixLength) {
  /**
   * Parses {@code 10.0.0.2/24} or {@code fd00::2/64}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static StackAddress parse(String text) {
    StackAddress parsed = parseNetwork(text);
    IpAddress address = parsed.address();
    int first = address.isV4() ? address.v4() >>> 24 : 0;
    boolean loopback = address.isV4() ? first == 127 : address.high() == 0 && address.low() == 1;
    if (address.isAny() || address.isMulticast() || loopback || first >= 240) {
      String kind = address.isMulticast() ? "a multicast" : loopback ? "a loopback" : "no host's";
      throw new IllegalArgumentException(
          "'" + text + "' is " + kind + " address: the stack needs one of its own");
    }
    return parsed;
  }

  /** The same, where it may be an address that no host has. */
  static StackAddress parseNetwork(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,3}")) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not an address with its prefix length, such as 10.0.0.2/24 or fd00::2/64");
    }
    IpAddress address = Addresses.parseIp(text.substring(0, slash));
    int prefix = Integer.parseInt(text.substring(slash + 1));
    int most = text.indexOf(':') < 0 ? 32 : 128;
    if (prefix < 1 || prefix > most) {
      throw new IllegalArgumentException(
          "the prefix length in '" + text + "' must be 1 to " + most);
    }
    return new StackAddress(address, prefix);
  }

  /** As the stack sees it. */
  public InterfaceAddress toInterfaceAddress() {
    return new InterfaceAddress(address, prefixLength);
  }

  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}
