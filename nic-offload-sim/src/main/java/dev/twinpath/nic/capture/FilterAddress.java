package dev.twinpath.nic.capture;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * A literal address with a mask, to compare with.
 *
 * @param isIpv6 whether the halves count; otherwise {@code low}, as an IPv4 address in host order
 */
record FilterAddress(boolean isIpv6, long high, long low, long highMask, long lowMask) {

  /**
   * Parses {@code 10.0.0.1}, {@code fe80::1} and, of a network, a prefix length after a slash.
   *
   * @param network whether a prefix length may follow
   */
  static FilterAddress parse(FilterToken token, boolean network) {
    String text = token.text();
    int slash = text.indexOf('/');
    if (slash >= 0 && !network) {
      throw FilterParser.error(token, "a host has no prefix length; write 'net " + text + "'");
    }
    String literal = slash < 0 ? text : text.substring(0, slash);
    boolean ipv6 = literal.contains(":");
    int bits = ipv6 ? 128 : 32;
    int length = bits;
    if (slash >= 0) {
      FilterToken prefix =
          new FilterToken(text.substring(slash + 1), token.column() + slash + 1, true);
      length = FilterParser.number(prefix, 0, bits, "a prefix length");
    }
    FilterAddress address = ipv6 ? ipv6(token, literal, length) : ipv4(token, literal, length);
    if ((address.high & ~address.highMask) != 0 || (address.low & ~address.lowMask) != 0) {
      throw FilterParser.error(
          token, token.quoted() + " has bits beyond its prefix length of " + length);
    }
    return address;
  }

  private static FilterAddress ipv4(FilterToken token, String literal, int length) {
    String[] parts = literal.split("\\.", -1);
    long value = 0;
    boolean good = parts.length == 4;
    for (int i = 0; good && i < 4; i++) {
      good = parts[i].matches("[0-9]{1,3}") && Integer.parseInt(parts[i]) <= 255;
      value = good ? value << 8 | Integer.parseInt(parts[i]) : value;
    }
    if (!good) {
      throw noAddress(token);
    }
    return new FilterAddress(false, 0, value, 0, upper(length + 32) & 0xffff_ffffL);
  }

  private static FilterAddress ipv6(FilterToken token, String literal, int length) {
    InetAddress parsed;
    try {
      parsed = Inet6Address.ofLiteral(literal);
    } catch (IllegalArgumentException e) {
      throw noAddress(token);
    }
    byte[] bytes = parsed.getAddress();
    long highMask = upper(Math.min(length, 64));
    long lowMask = upper(Math.max(length - 64, 0));
    if (parsed instanceof Inet4Address) {
      // The JDK's reading of ::ffff:10.0.0.1 (RFC 4291 section 2.5.5.2).
      return new FilterAddress(true, 0, 0xffffL << 32 | number(bytes, 0, 4), highMask, lowMask);
    }
    return new FilterAddress(true, number(bytes, 0, 8), number(bytes, 8, 8), highMask, lowMask);
  }

  private static CaptureFilterException noAddress(FilterToken token) {
    return FilterParser.error(
        token,
        token.quoted() + " is not an address such as 10.0.0.1 or fe80::1; names are not looked up");
  }

  private static long number(byte[] bytes, int from, int count) {
    long number = 0;
    for (int i = from; i < from + count; i++) {
      number = number << 8 | bytes[i] & 0xff;
    }
    return number;
  }

  /** A long of so many ones from the top, 0 to 64. */
  private static long upper(int ones) {
    return ones == 0 ? 0 : -1L << 64 - ones;
  }

  boolean fits4(CapturedPacket packet, boolean source) {
    return packet.fits4(source, (int) low, (int) lowMask);
  }

  boolean fitsArp(CapturedPacket packet, boolean source) {
    return packet.fitsArp(source, (int) low, (int) lowMask);
  }

  boolean fits6(CapturedPacket packet, boolean source) {
    return packet.fits6(source, high, low, highMask, lowMask);
  }
}
