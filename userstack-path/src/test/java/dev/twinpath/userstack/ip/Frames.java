package dev.twinpath.userstack.ip;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Builds and reads frames as byte arrays, by code of its own: checksums and lengths are not
 * computed by what is tested.
 */
public final class Frames {
  public static final int IP = 14;
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int ICMP6 = 58;
  public static final int FRAGMENT = 44;
  public static final int HOP_BY_HOP = 0;
  public static final int ROUTING = 43;
  public static final int DESTINATION = 60;

  private Frames() {}

  /** The bytes of an address in text form. */
  public static byte[] address(String text) {
    return text.indexOf(':') < 0 ? word(Ipv4Address.parse(text)) : IpAddress.parse(text).toBytes();
  }

  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  public static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** Bytes that tell their position. */
  public static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 8) * 7);
    }
    return bytes;
  }

  public static byte[] mac(long mac) {
    byte[] bytes = new byte[6];
    for (int i = 0; i < 6; i++) {
      bytes[i] = (byte) (mac >>> 40 - 8 * i);
    }
    return bytes;
  }

  public static byte[] word(int value) {
    return bytes(value >>> 24, value >>> 16, value >>> 8, value);
  }

  public static byte[] half(int value) {
    return bytes(value >>> 8, value);
  }

  public static int half(byte[] from, int at) {
    return (from[at] & 0xff) << 8 | from[at + 1] & 0xff;
  }

  public static int word(byte[] from, int at) {
    return half(from, at) << 16 | half(from, at + 2);
  }

  /** The Internet checksum (RFC 1071) of the parts, each of even length but the last. */
  public static int checksum(byte[]... parts) {
    byte[] all = join(parts);
    long sum = 0;
    for (int i = 0; i < all.length; i++) {
      sum += (long) (all[i] & 0xff) << (i % 2 == 0 ? 8 : 0);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) ~sum & 0xffff;
  }

  private static void put(byte[] to, int at, int value) {
    to[at] = (byte) (value >>> 8);
    to[at + 1] = (byte) value;
  }

  public static byte[] ethernet(long to, long from, int type, byte[] payload) {
    return join(mac(to), mac(from), half(type), payload);
  }

  public static byte[] arp(
      int operation, long senderMac, String sender, long targetMac, String target) {
    return join(
        bytes(0, 1, 8, 0, 6, 4, 0, operation),
        mac(senderMac),
        address(sender),
        mac(targetMac),
        address(target));
  }

  /** An IPv4 packet. {@code fragment}: flags and offset as on the wire. */
  public static byte[] ipv4(
      String source,
      String destination,
      int protocol,
      int identification,
      int fragment,
      byte[] payload) {
    return ipv4(source, destination, protocol, identification, fragment, new byte[0], payload);
  }

  /** The same with options. */
  public static byte[] ipv4(
      String source,
      String destination,
      int protocol,
      int identification,
      int fragment,
      byte[] options,
      byte[] payload) {
    byte[] header =
        join(
            bytes(0x45 + options.length / 4, 0),
            half(20 + options.length + payload.length),
            half(identification),
            half(fragment),
            bytes(64, protocol, 0, 0),
            address(source),
            address(destination),
            options);
    put(header, 10, checksum(header));
    return join(header, payload);
  }

  public static byte[] ipv6(
      String source, String destination, int next, int hopLimit, byte[] payload) {
    return join(
        bytes(0x60, 0, 0, 0),
        half(payload.length),
        bytes(next, hopLimit),
        address(source),
        address(destination),
        payload);
  }

  /** An extension header of options: padded to a multiple of eight bytes with PadN. */
  public static byte[] options(int next, byte... options) {
    int length = 2 + options.length;
    int padded = length + 7 & ~7;
    byte[] header = new byte[padded];
    header[0] = (byte) next;
    header[1] = (byte) (padded / 8 - 1);
    System.arraycopy(options, 0, header, 2, options.length);
    if (padded - length > 1) {
      header[length] = 1;
      header[length + 1] = (byte) (padded - length - 2);
    }
    return header;
  }

  /** A fragment header and its piece. */
  public static byte[] fragment(
      int next, int offset, boolean more, int identification, byte[] piece) {
    return join(bytes(next, 0), half(offset | (more ? 1 : 0)), word(identification), piece);
  }

  private static byte[] pseudo(String source, String destination, int protocol, int length) {
    return join(address(source), address(destination), word(length), word(protocol));
  }

  public static byte[] udp(
      String source, String destination, int sourcePort, int destinationPort, byte[] payload) {
    byte[] datagram =
        join(half(sourcePort), half(destinationPort), half(8 + payload.length), half(0), payload);
    int sum = checksum(pseudo(source, destination, UDP, datagram.length), datagram);
    put(datagram, 6, sum == 0 ? 0xffff : sum);
    return datagram;
  }

  /** A TCP segment without options. */
  public static byte[] tcp(
      String source,
      String destination,
      int sourcePort,
      int destinationPort,
      int sequence,
      int acknowledgment,
      int flags,
      byte[] payload) {
    byte[] segment =
        join(
            half(sourcePort),
            half(destinationPort),
            word(sequence),
            word(acknowledgment),
            bytes(0x50, flags, 0xff, 0xff, 0, 0, 0, 0),
            payload);
    put(segment, 16, checksum(pseudo(source, destination, TCP, segment.length), segment));
    return segment;
  }

  public static byte[] icmp(int type, int code, int rest, byte[] payload) {
    byte[] message = join(bytes(type, code, 0, 0), word(rest), payload);
    put(message, 2, checksum(message));
    return message;
  }

  public static byte[] icmp6(
      String source, String destination, int type, int code, int rest, byte[] payload) {
    byte[] message = join(bytes(type, code, 0, 0), word(rest), payload);
    put(message, 2, checksum(pseudo(source, destination, ICMP6, message.length), message));
    return message;
  }

  /** A packet with its IPv4 header checksum computed again, after a change. */
  public static byte[] fixIpv4(byte[] packet) {
    put(packet, 10, 0);
    put(packet, 10, checksum(Arrays.copyOf(packet, (packet[0] & 15) * 4)));
    return packet;
  }
}
