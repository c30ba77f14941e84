package dev.twinpath.userstack.ip;

/**
 * An address of the stack with its on-link prefix.
 *
 * @param address host order
 * @param prefixLength 0..32
 */
public record InterfaceAddress(int address, int prefixLength) {
  /** Checks the prefix length. */
  public InterfaceAddress {
    if (prefixLength < 0 || prefixLength > 32) {
      throw new IllegalArgumentException("prefix length " + prefixLength + " is not in 0..32");
    }
  }

  /**
   * Parses {@code a.b.c.d/len}; without length, /24.
   *
   * @throws IllegalArgumentException if malformed
   */
  public static InterfaceAddress parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return new InterfaceAddress(Ipv4Address.parse(text), 24);
    }
    try {
      return new InterfaceAddress(
          Ipv4Address.parse(text.substring(0, slash)),
          Integer.parseInt(text.substring(slash + 1).trim()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a prefix length: " + text, e);
    }
  }

  /** The network mask. */
  public int mask() {
    return prefixLength == 0 ? 0 : -1 << 32 - prefixLength;
  }

  /** Whether another address is on the same link. */
  public boolean onLink(int other) {
    return ((address ^ other) & mask()) == 0;
  }

  /** The prefix's directed broadcast address; the address itself for /31 and /32. */
  public int broadcast() {
    return prefixLength >= 31 ? address : address | ~mask();
  }

  @Override
  public String toString() {
    return Ipv4Address.format(address) + "/" + prefixLength;
  }
}
