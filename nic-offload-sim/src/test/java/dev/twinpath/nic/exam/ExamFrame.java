package dev.twinpath.nic.exam;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A frame for the exams, byte by byte, without a line of the product: what judges the NIC's parsers
 * and sums shares nothing with them. Fields are set as a test wants them; {@link #build} makes the
 * frame with right lengths and checksums unless told otherwise.
 */
final class ExamFrame {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int FIN = 1;
  static final int SYN = 2;
  static final int RST = 4;
  static final int PSH = 8;
  static final int ACK = 16;
  static final int URG = 32;
  static final int ECE = 64;
  static final int CWR = 128;

  private static final int FRAGMENT_HEADER = 44;

  boolean ipv6;
  int protocol = TCP;
  int sourceHost = 2;
  int sourcePort = 1500;
  int destinationPort = 8000;
  int sequence = 100;
  int acknowledgment = 100;
  int flags = ACK;
  int window = 0xffff;
  byte[] options = {};
  byte[] payload = {};
  int timeToLive = 8;
  int typeOfService;
  int identification;
  int fragment = 0x4000;
  int flowLabel;
  byte[] ipOptions = {};
  byte[] trailer = {};

  /** Added to UDP's length field; what is beyond the length is not summed. */
  int udpLengthDelta;

  /** Leaves 0 in UDP's checksum field. */
  boolean withoutChecksum;

  /** Leaves the pseudo-header's sum in the checksum field, for an offload to complete. */
  boolean partialChecksum;

  /** Destination address of the pseudo-header, when a routing header hides it; null otherwise. */
  byte[] finalDestination;

  /** Addresses of 4 or 16 bytes in place of those of {@link #sourceHost}; null for these. */
  byte[] source;

  byte[] destination;

  private final List<Integer> tags = new ArrayList<>();
  private final List<Integer> extensionTypes = new ArrayList<>();
  private final List<byte[]> extensions = new ArrayList<>();

  static ExamFrame v4(int protocol) {
    ExamFrame frame = new ExamFrame();
    frame.protocol = protocol;
    return frame;
  }

  static ExamFrame v6(int protocol) {
    ExamFrame frame = v4(protocol);
    frame.ipv6 = true;
    return frame;
  }

  static ExamFrame of(boolean ipv6, int protocol) {
    return ipv6 ? v6(protocol) : v4(protocol);
  }

  /** Puts another VLAN tag behind those that are there. */
  ExamFrame tag(int type, int control) {
    tags.add(type << 16 | control);
    return this;
  }

  /** Puts another IPv6 extension header; its first byte is set to what follows. */
  ExamFrame extension(int type, byte[] header) {
    extensionTypes.add(type);
    extensions.add(header.clone());
    return this;
  }

  /** An IPv6 fragment header, of a packet that is whole when the offset and the flag are zero. */
  ExamFrame fragment6(int offset, boolean more) {
    byte[] header = new byte[8];
    put16(header, 2, offset << 3 | (more ? 1 : 0));
    return extension(FRAGMENT_HEADER, header);
  }

  byte[] sourceAddress() {
    return source == null ? address(sourceHost) : source;
  }

  byte[] destinationAddress() {
    return destination == null ? address(1) : destination;
  }

  private byte[] address(int host) {
    if (!ipv6) {
      return new byte[] {10, 9, 0, (byte) host};
    }
    byte[] address = new byte[16];
    address[0] = (byte) 0xfd;
    address[1] = 0x09;
    address[15] = (byte) host;
    return address;
  }

  /** The frame. */
  byte[] build() {
    byte[] transport = protocol == TCP ? tcp() : udp();
    return join(link(), network(transport.length), transport, trailer);
  }

  /** Where the transport header begins in what {@link #build} gives. */
  int transportOffset() {
    int length = 14 + 4 * tags.size() + (ipv6 ? 40 : 20 + ipOptions.length);
    for (byte[] extension : extensions) {
      length += extension.length;
    }
    return length;
  }

  private byte[] link() {
    byte[] link = new byte[14 + 4 * tags.size()];
    link[0] = link[6] = 2;
    link[5] = 1;
    link[11] = 2;
    int at = 12;
    for (int tag : tags) {
      put32(link, at, tag);
      at += 4;
    }
    put16(link, at, ipv6 ? 0x86dd : 0x0800);
    return link;
  }

  private byte[] network(int transportLength) {
    return ipv6 ? network6(transportLength) : network4(transportLength);
  }

  private byte[] network4(int transportLength) {
    byte[] header = new byte[20 + ipOptions.length];
    header[0] = (byte) (0x40 | header.length / 4);
    header[1] = (byte) typeOfService;
    put16(header, 2, header.length + transportLength);
    put16(header, 4, identification);
    put16(header, 6, fragment);
    header[8] = (byte) timeToLive;
    header[9] = (byte) protocol;
    System.arraycopy(sourceAddress(), 0, header, 12, 4);
    System.arraycopy(destinationAddress(), 0, header, 16, 4);
    System.arraycopy(ipOptions, 0, header, 20, ipOptions.length);
    put16(header, 10, ~sum(header) & 0xffff);
    return header;
  }

  private byte[] network6(int transportLength) {
    byte[] header = new byte[40];
    put32(header, 0, 6 << 28 | typeOfService << 20 | flowLabel);
    header[7] = (byte) timeToLive;
    System.arraycopy(sourceAddress(), 0, header, 8, 16);
    System.arraycopy(destinationAddress(), 0, header, 24, 16);
    header[6] = (byte) (extensions.isEmpty() ? protocol : extensionTypes.get(0));
    byte[] chain = {};
    for (int i = 0; i < extensions.size(); i++) {
      byte[] extension = extensions.get(i);
      extension[0] = (byte) (i + 1 < extensions.size() ? extensionTypes.get(i + 1) : protocol);
      chain = join(chain, extension);
    }
    put16(header, 4, chain.length + transportLength);
    return join(header, chain);
  }

  private byte[] tcp() {
    byte[] header = new byte[20 + options.length];
    put16(header, 0, sourcePort);
    put16(header, 2, destinationPort);
    put32(header, 4, sequence);
    put32(header, 8, acknowledgment);
    header[12] = (byte) (header.length / 4 << 4);
    header[13] = (byte) flags;
    put16(header, 14, window);
    System.arraycopy(options, 0, header, 20, options.length);
    byte[] segment = join(header, payload);
    put16(segment, 16, checksum(segment, segment.length));
    return segment;
  }

  private byte[] udp() {
    byte[] header = new byte[8];
    put16(header, 0, sourcePort);
    put16(header, 2, destinationPort);
    int length = 8 + payload.length + udpLengthDelta;
    put16(header, 4, length);
    byte[] datagram = join(header, payload);
    if (!withoutChecksum) {
      int checksum = checksum(datagram, Math.max(0, Math.min(length, datagram.length)));
      // RFC 768: zero would say that there is none.
      put16(datagram, 6, checksum == 0 ? 0xffff : checksum);
    }
    return datagram;
  }

  private int checksum(byte[] transport, int length) {
    byte[] summed = new byte[length];
    System.arraycopy(transport, 0, summed, 0, length);
    byte[] pseudo = pseudoHeader(length);
    return partialChecksum ? sum(pseudo) : ~sum(join(pseudo, summed)) & 0xffff;
  }

  /** RFC 9293 section 3.1 and RFC 8200 section 8.1. */
  private byte[] pseudoHeader(int length) {
    byte[] destination = finalDestination == null ? destinationAddress() : finalDestination;
    byte[] rest = new byte[8];
    put32(rest, 0, length);
    rest[7] = (byte) protocol;
    return join(sourceAddress(), destination, rest);
  }

  /** RFC 1071, word by word, of what has an even number of bytes or one zero byte behind. */
  static int sum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += (long) (bytes[i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  /**
   * Whether the checksums of a TCP or UDP packet without tags, options and extension headers are
   * right.
   */
  static boolean isRight(byte[] frame) {
    boolean ipv6 = (frame[14] & 0xf0) == 0x60;
    int transport = ipv6 ? 54 : 34;
    int protocol = frame[ipv6 ? 20 : 23];
    int end = ipv6 ? 54 + get16(frame, 18) : 14 + get16(frame, 16);
    int length = end - transport;
    byte[] rest = new byte[8];
    put32(rest, 0, length);
    rest[7] = (byte) protocol;
    byte[] addresses = slice(frame, ipv6 ? 22 : 26, ipv6 ? 32 : 8);
    boolean header = ipv6 || sum(slice(frame, 14, 20)) == 0xffff;
    return header && sum(join(addresses, rest, slice(frame, transport, length))) == 0xffff;
  }

  static byte[] slice(byte[] bytes, int from, int length) {
    byte[] slice = new byte[length];
    System.arraycopy(bytes, from, slice, 0, length);
    return slice;
  }

  static int get16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
  }

  static int get32(byte[] bytes, int at) {
    return get16(bytes, at) << 16 | get16(bytes, at + 2);
  }

  static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }

  static void put32(byte[] bytes, int at, int value) {
    put16(bytes, at, value >>> 16);
    put16(bytes, at + 2, value);
  }

  static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }
}
