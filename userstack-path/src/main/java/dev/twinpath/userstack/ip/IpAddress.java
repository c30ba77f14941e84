package dev.twinpath.userstack.ip;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address. Inside the stack an address is 128 bits in two longs, IPv4 as
 * IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that one table holds both; on paths where nothing
 * may be allocated the two longs are passed, and this is the value that APIs show.
 *
 * @param high the first eight bytes, big-endian
 * @param low the last eight bytes, big-endian
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
  /** The unspecified address, {@code ::}, which also stands for {@code 0.0.0.0}. */
  public static final IpAddress ANY = new IpAddress(0, 0);

  private static final long MAPPED = 0xffffL << 32;

  /** An IPv4 address; 0 gives {@link #ANY}. */
  public static IpAddress of(int address) {
    return address == 0 ? ANY : new IpAddress(0, MAPPED | address & 0xffffffffL);
  }

  /** What the JDK calls an address; its scope, if any, is left out. */
  public static IpAddress of(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return of((int) number(bytes, 0, 4));
    }
    return new IpAddress(number(bytes, 0, 8), number(bytes, 8, 8));
  }

  /**
   * Parses dotted decimal or RFC 4291 section 2.2 text, without brackets, scope or name lookup.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static IpAddress parse(String text) {
    String trimmed = text.trim();
    if (trimmed.indexOf(':') < 0) {
      return of(Ipv4Address.parse(trimmed));
    }
    if (trimmed.indexOf('%') >= 0 || !trimmed.matches("[0-9a-fA-F:.]+")) {
      throw new IllegalArgumentException("not an IP address: " + text);
    }
    try {
      // Digits and colons only: the JDK parses, and asks nobody.
      return of(InetAddress.getByName(trimmed));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("not an IP address: " + text, e);
    }
  }

  /** Whether two longs are an IPv4 address. */
  public static boolean isV4(long high, long low) {
    return high == 0 && low >>> 32 == 0xffff;
  }

  /** The low long of an IPv4 address whose high long is 0. */
  public static long mapped(int address) {
    return MAPPED | address & 0xffffffffL;
  }

  /** Whether this is an IPv4 address. */
  public boolean isV4() {
    return isV4(high, low);
  }

  /** The IPv4 address in host order; 0 for {@link #ANY}. Only of {@link #isV4} or ANY. */
  public int v4() {
    return (int) low;
  }

  /** Whether this is {@link #ANY}. */
  public boolean isAny() {
    return high == 0 && low == 0;
  }

  /** Whether the address is multicast, of either version. */
  public boolean isMulticast() {
    return isV4() ? (low >>> 28 & 0xf) == 0xe : high >>> 56 == 0xff;
  }

  /** Whether this is an IPv6 address that means something on one link only (fe80::/10). */
  public boolean isLinkLocal() {
    return isLinkLocal(high);
  }

  /** Whether the address with this upper half is in fe80::/10. */
  public static boolean isLinkLocal(long high) {
    return high >>> 54 == 0xfe80L >>> 6;
  }

  /** The same as the JDK sees it; {@link #ANY} is the IPv6 one. */
  public InetAddress toInetAddress() {
    try {
      return isV4()
          ? InetAddress.getByAddress(bytes(low, 4))
          : Inet6Address.getByAddress(null, toBytes(), -1);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** All 16 bytes in network order. */
  public byte[] toBytes() {
    byte[] all = new byte[16];
    System.arraycopy(bytes(high, 8), 0, all, 0, 8);
    System.arraycopy(bytes(low, 8), 0, all, 8, 8);
    return all;
  }

  private static byte[] bytes(long value, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (value >>> 8 * (count - 1 - i));
    }
    return bytes;
  }

  private static long number(byte[] bytes, int from, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value = value << 8 | bytes[from + i] & 0xff;
    }
    return value;
  }

  @Override
  public int compareTo(IpAddress other) {
    int first = Long.compareUnsigned(high, other.high);
    return first != 0 ? first : Long.compareUnsigned(low, other.low);
  }

  /** With a port, an IPv6 address in brackets (RFC 3986 section 3.2.2). */
  public String withPort(int port) {
    return isV4() ? this + ":" + port : "[" + this + "]:" + port;
  }

  /** Dotted decimal, or the short form of RFC 5952. */
  @Override
  public String toString() {
    return isV4() ? Ipv4Address.format(v4()) : Ipv6Text.format(high, low);
  }
}
