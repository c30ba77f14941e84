package dev.twinpath.userstack.conformance;

import dev.twinpath.userstack.ip.IpAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Linux's sockaddr_in and sockaddr_in6, byte for byte. */
record SockAddress(int family, IpAddress address, int port) {
  static final int AF_UNSPEC = 0;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  private static final int LENGTH_4 = 16;
  private static final int LENGTH_6 = 28;

  /** Reads one; null if it is too short. */
  static SockAddress read(byte[] bytes) {
    if (bytes.length < 2) {
      return null;
    }
    int family = bytes[0] & 0xff | (bytes[1] & 0xff) << 8;
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);
    return switch (family) {
      case AF_INET ->
          bytes.length < LENGTH_4
              ? null
              : new SockAddress(family, IpAddress.of(in.getInt(4)), in.getShort(2) & 0xffff);
      case AF_INET6 ->
          bytes.length < LENGTH_6
              ? null
              : new SockAddress(
                  family, new IpAddress(in.getLong(8), in.getLong(16)), in.getShort(2) & 0xffff);
      default -> new SockAddress(family, IpAddress.ANY, 0);
    };
  }

  /** Writes one for a socket of a domain; an IPv4 address is mapped where the domain is IPv6. */
  static byte[] write(int domain, IpAddress address, int port) {
    ByteBuffer out = ByteBuffer.allocate(domain == AF_INET6 ? LENGTH_6 : LENGTH_4);
    out.put(0, (byte) domain);
    out.putShort(2, (short) port);
    if (domain == AF_INET6) {
      out.putLong(8, address.high()).putLong(16, address.low());
    } else {
      out.putInt(4, (int) address.low());
    }
    return out.array();
  }
}
