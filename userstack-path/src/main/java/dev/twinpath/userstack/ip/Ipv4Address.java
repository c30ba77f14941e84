package dev.twinpath.userstack.ip;

/** IPv4 addresses as int in host order: text form and classes of address. */
public final class Ipv4Address {
  private Ipv4Address() {}

  /**
   * Parses dotted decimal.
   *
   * @param text such as {@code 10.0.0.2}
   * @return the address, host order
   * @throws IllegalArgumentException if it is not four decimal bytes
   */
  public static int parse(String text) {
    String[] parts = text.trim().split("\\.", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException("not an IPv4 address: " + text);
    }
    int address = 0;
    for (String part : parts) {
      int value;
      try {
        value = Integer.parseInt(part);
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("not an IPv4 address: " + text, e);
      }
      if (value < 0 || value > 255 || part.length() > 3) {
        throw new IllegalArgumentException("not an IPv4 address: " + text);
      }
      address = address << 8 | value;
    }
    return address;
  }

  /** Dotted decimal. */
  public static String format(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 0xff)
        + "."
        + (address >>> 8 & 0xff)
        + "."
        + (address & 0xff);
  }

  /**
   * Whether a packet may come from or go to the address: not 0/8, 127/8, multicast, reserved or
   * broadcast.
   */
  public static boolean isUnicast(int address) {
    int first = address >>> 24;
    return first != 0 && first != 127 && first < 224;
  }
}
