package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.IpAddress;

/**
 * One received segment, parsed once into fields. A shard has one instance and fills it again for
 * every segment.
 */
final class Segment {
  static final int MAX_SACK_BLOCKS = 4;
  static final int OPTION_FAST_OPEN = 34;
  static final int OPTION_EXPERIMENT = 254;
  private static final int TIMESTAMPS_ALIGNED = 0x0101080a;

  /** Whether it came over IPv6. Addresses are two longs, IPv4 as mapped. */
  boolean v6;

  long sourceHigh;
  long sourceLow;
  long destinationHigh;
  long destinationLow;
  int sourcePort;
  int destinationPort;
  int sequence;
  int acknowledgment;
  int flags;

  /** The two bits of explicit congestion notification in the IP header. */
  int ecn;

  int window;
  long payload;
  int payloadLength;
  int optionsLength;
  boolean hasTimestamps;
  int timestampValue;
  int timestampEcho;
  int mss;
  int windowScale;
  boolean sackPermitted;

  /** Bytes of the Fast Open cookie at {@link #fastOpenCookie}; -1 = no such option. */
  int fastOpenLength;

  long fastOpenCookie;
  boolean fastOpenExperimental;
  int sackBlocks;
  final int[] sackLeft = new int[MAX_SACK_BLOCKS];
  final int[] sackRight = new int[MAX_SACK_BLOCKS];

  /**
   * Parses a segment.
   *
   * @param ip the IPv4 or IPv6 header
   * @param tcp the TCP header
   * @param length bytes from the TCP header on
   * @return false if the header is malformed (RFC 9293 section 3.1)
   */
  boolean parse(long ip, long tcp, int length) {
    if (length < TcpHeader.MIN_LENGTH) {
      return false;
    }
    int header = TcpHeader.headerLength(tcp);
    if (header < TcpHeader.MIN_LENGTH || header > length) {
      return false;
    }
    v6 = Ipv4Header.version(ip) == 6;
    if (v6) {
      sourceHigh = Memory.getLongBE(Ipv6Header.source(ip));
      sourceLow = Memory.getLongBE(Ipv6Header.source(ip) + 8);
      destinationHigh = Memory.getLongBE(Ipv6Header.destination(ip));
      destinationLow = Memory.getLongBE(Ipv6Header.destination(ip) + 8);
      ecn = Ipv6Header.trafficClass(ip) & 3;
    } else {
      sourceHigh = 0;
      sourceLow = IpAddress.mapped(Ipv4Header.source(ip));
      destinationHigh = 0;
      destinationLow = IpAddress.mapped(Ipv4Header.destination(ip));
      ecn = Ipv4Header.typeOfService(ip) & 3;
    }
    int ports = TcpHeader.ports(tcp);
    sourcePort = ports >>> 16;
    destinationPort = ports & 0xffff;
    sequence = TcpHeader.sequence(tcp);
    acknowledgment = TcpHeader.acknowledgment(tcp);
    flags = TcpHeader.flags(tcp);
    window = TcpHeader.window(tcp);
    payload = tcp + header;
    payloadLength = length - header;
    hasTimestamps = false;
    mss = 0;
    windowScale = -1;
    sackPermitted = false;
    fastOpenLength = -1;
    sackBlocks = 0;
    int options = header - TcpHeader.MIN_LENGTH;
    optionsLength = options;
    if (options == 12 && Memory.getIntBE(tcp + TcpHeader.MIN_LENGTH) == TIMESTAMPS_ALIGNED) {
      // The layout of RFC 7323 appendix A, which nearly every segment has.
      hasTimestamps = true;
      timestampValue = Memory.getIntBE(tcp + TcpHeader.MIN_LENGTH + 4);
      timestampEcho = Memory.getIntBE(tcp + TcpHeader.MIN_LENGTH + 8);
    } else if (options != 0) {
      parseOptions(tcp + TcpHeader.MIN_LENGTH, options);
    }
    return true;
  }

  /**
   * Takes the options that are well formed; at the first malformed one the rest is ignored, as
   * Linux does.
   */
  private void parseOptions(long options, int length) {
    int at = 0;
    while (at < length) {
      int kind = Memory.getByte(options + at);
      if (kind == TcpHeader.OPTION_END) {
        return;
      }
      if (kind == TcpHeader.OPTION_NOP) {
        at++;
        continue;
      }
      if (at + 1 >= length) {
        return;
      }
      int size = Memory.getByte(options + at + 1);
      if (size < 2 || at + size > length) {
        return;
      }
      option(kind, options + at + 2, size - 2);
      at += size;
    }
  }

  private void option(int kind, long value, int size) {
    boolean syn = (flags & TcpHeader.SYN) != 0;
    switch (kind) {
      case TcpHeader.OPTION_MSS:
        if (syn && size == 2) {
          mss = Memory.getShortBE(value);
        }
        break;
      case TcpHeader.OPTION_WINDOW_SCALE:
        if (syn && size == 1) {
          // RFC 7323 section 2.3: more than 14 counts as 14.
          windowScale = Math.min(Memory.getByte(value), 14);
        }
        break;
      case TcpHeader.OPTION_SACK_PERMITTED:
        if (syn && size == 0) {
          sackPermitted = true;
        }
        break;
      case TcpHeader.OPTION_TIMESTAMPS:
        if (size == 8) {
          hasTimestamps = true;
          timestampValue = Memory.getIntBE(value);
          timestampEcho = Memory.getIntBE(value + 4);
        }
        break;
      case TcpHeader.OPTION_SACK:
        if (!syn && size >= 8 && size % 8 == 0) {
          sackBlocks = Math.min(size / 8, MAX_SACK_BLOCKS);
          for (int i = 0; i < sackBlocks; i++) {
            sackLeft[i] = Memory.getIntBE(value + 8L * i);
            sackRight[i] = Memory.getIntBE(value + 8L * i + 4);
          }
        }
        break;
      case OPTION_FAST_OPEN:
      case OPTION_EXPERIMENT:
        if (syn) {
          FastOpen.parse(this, kind, value, size);
        }
        break;
      default:
        break;
    }
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** Sequence numbers that the segment takes: payload, SYN and FIN. */
  int sequenceLength() {
    return payloadLength + (flags >> 1 & 1) + (flags & 1);
  }
}
