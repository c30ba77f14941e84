package dev.twinpath.userstack.ip;

/**
 * An address of the stack with its on-link prefix.
 *
 * @param address of either IP version
 * @param prefixLength 0..32 for IPv4, 0..128 for IPv6
 */
public record InterfaceAddress(IpAddress address, int prefixLength) {
  private static final int DEFAULT_PREFIX_4 = 24;
  private static final int DEFAULT_PREFIX_6 = 64;

  /** Checks the address and the prefix length. */
  public InterfaceAddress {
    if (address.isAny() || address.isMulticast()) {
      throw new IllegalArgumentException(address + " cannot be an interface's address");
    }
    Prefix.check(prefixLength, address.isV4());
  }

  /**
   * Parses {@code a.b.c.d/len} or {@code x:x::x/len}; without length, /24 or /64.
   *
   * @throws IllegalArgumentException if malformed
   */
  public static InterfaceAddress parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      IpAddress address = IpAddress.parse(text);
      return new InterfaceAddress(address, address.isV4() ? DEFAULT_PREFIX_4 : DEFAULT_PREFIX_6);
    }
    return new InterfaceAddress(
        IpAddress.parse(text.substring(0, slash)), Prefix.parseLength(text, slash));
  }

  /** Whether this is an IPv4 address. */
  public boolean isV4() {
    return address.isV4();
  }

  /** Whether another address is on the same link. */
  public boolean onLink(long high, long low) {
    return Prefix.matches(
        address.high(), address.low(), Prefix.bits(prefixLength, isV4()), high, low);
  }

  /** Whether an address is this one. */
  public boolean is(long high, long low) {
    return address.low() == low && address.high() == high;
  }

  /**
   * The directed broadcast address of an IPv4 prefix, host order; the address itself for /31 and
   * /32. Only of IPv4.
   */
  public int broadcast() {
    int mask = prefixLength == 0 ? 0 : -1 << 32 - prefixLength;
    return prefixLength >= 31 ? address.v4() : address.v4() | ~mask;
  }

  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}
