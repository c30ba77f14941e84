package dev.twinpath.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Literal Internet addresses. Names are never looked up: an option must not depend on a resolver.
 */
public final class Addresses {
  private Addresses() {}

  /** 0.0.0.0. */
  public static InetAddress any() {
    return ipv4(0);
  }

  /** The address with this value, most significant byte first on the wire. */
  public static InetAddress ipv4(int value) {
    byte[] bytes = {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Parses four decimal numbers with dots.
   *
   * @throws IllegalArgumentException if it is anything else; the message quotes it
   */
  public static int parseIpv4(String text) {
    String[] parts = text.split("\\.", -1);
    int value = 0;
    boolean good = parts.length == 4;
    for (int i = 0; good && i < 4; i++) {
      good = parts[i].matches("\\d{1,3}") && Integer.parseInt(parts[i]) <= 255;
      value = good ? value << 8 | Integer.parseInt(parts[i]) : value;
    }
    if (!good) {
      throw new IllegalArgumentException("'" + text + "' is not an IPv4 address such as 10.0.0.2");
    }
    return value;
  }

  /** The four decimal numbers of an address. */
  public static String format(int value) {
    return (value >>> 24)
        + "."
        + (value >>> 16 & 255)
        + "."
        + (value >>> 8 & 255)
        + "."
        + (value & 255);
  }
}
