package dev.twinpath.server.config;

/**
 * One of the user stack's own addresses, with the length of its network's prefix.
 *
 * @param address IPv4, as a number whose most significant byte is the first on the wire
 * @param prefixLength 1..32
 */
public record StackAddress(int address, int prefixLength) {
  /**
   * Parses {@code 10.0.0.2/24}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static StackAddress parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("\\d{1,2}")) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an address with its prefix length, such as 10.0.0.2/24");
    }
    int prefix = Integer.parseInt(text.substring(slash + 1));
    if (prefix < 1 || prefix > 32) {
      throw new IllegalArgumentException("the prefix length in '" + text + "' must be 1 to 32");
    }
    return new StackAddress(Addresses.parseIpv4(text.substring(0, slash)), prefix);
  }

  @Override
  public String toString() {
    return Addresses.format(address) + "/" + prefixLength;
  }
}
