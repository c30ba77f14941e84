package dev.twinpath.nic.capture;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;

/**
 * A frame as capture filters see it: {@link ParsedPacket}, the direction, and what can be told of
 * packets that {@link ParsedPacket} calls malformed, because those are what somebody who captures
 * looks for. There it goes by the Ethernet type and the fixed header's fields alone, as libpcap
 * does with every packet.
 *
 * <p>Used again for each frame, by one thread.
 */
final class CapturedPacket {
  /** An address or a port that is not there. */
  static final int NONE = -1;

  static final int TYPE_RARP = 0x8035;
  static final int PROTOCOL_SCTP = 132;

  /**
   * The farthest that {@link ParsedPacket} looks: two tags, an IPv6 header, eight extension headers
   * of 2,048 bytes and a transport header, rounded up.
   */
  private static final int SCRATCH = 17 << 10;

  private static final int TCP_FLAGS = 13;
  private static final int FRAGMENT_HEADER = 8;
  private static final int NEXT_FRAGMENT = 44;
  private static final int ARP_SENDER = 14;
  private static final int ARP_TARGET = 24;

  private final ParsedPacket parsed = new ParsedPacket();
  private final long scratch;
  private long frame;
  private int length;
  private boolean outbound;
  private int protocol;
  private int transport;

  CapturedPacket(Arena arena) {
    scratch = arena.allocate(SCRATCH, 64).address();
  }

  /** Looks at a frame in pieces; only what the headers need is put together. */
  void parse(Frame pieces, boolean isOutbound) {
    if (pieces.segments() == 1) {
      parse(pieces.address(0), pieces.totalLength(), isOutbound);
      return;
    }
    int total = pieces.totalLength();
    int first = Math.min(pieces.length(0), SCRATCH);
    gather(pieces, first);
    parse(scratch, total, isOutbound);
    if (!parsed.hasPorts() || parsed.payloadOffset() > first) {
      // The headers are not all in the first piece: what followed was of an earlier frame.
      gather(pieces, Math.min(total, SCRATCH));
      Memory.faultBarrier();
      parse(scratch, total, isOutbound);
    }
  }

  private void gather(Frame pieces, int wanted) {
    int have = 0;
    for (int i = 0; i < pieces.segments() && have < wanted; i++) {
      int piece = Math.min(wanted - have, pieces.length(i));
      Memory.copy(pieces.address(i), scratch + have, piece);
      have += piece;
    }
  }

  /** Looks at a frame in one piece. */
  void parse(long address, int frameLength, boolean isOutbound) {
    parsed.parse(address, frameLength);
    frame = address;
    length = frameLength;
    outbound = isOutbound;
    protocol = NONE;
    transport = NONE;
    if (parsed.isIp() && !parsed.isMalformed()) {
      protocol = parsed.protocol();
      transport = isFirst() ? parsed.transportOffset() : NONE;
    } else if (has4(Ipv4Header.MIN_LENGTH)) {
      protocol = Ipv4Header.protocol(network());
      transport = isFirst4() ? networkOffset() + Ipv4Header.headerLength(network()) : NONE;
    } else if (has6(Ipv6Header.LENGTH)) {
      int next = Ipv6Header.nextHeader(network());
      boolean isFragment = next == NEXT_FRAGMENT && has6(Ipv6Header.LENGTH + 1);
      protocol = isFragment ? Memory.getByte(network() + Ipv6Header.LENGTH) : next;
      transport = isFragment ? NONE : networkOffset() + Ipv6Header.LENGTH;
    }
  }

  /** Whether the transport header is here: no fragment, or the first one. */
  private boolean isFirst() {
    if (!parsed.isFragment()) {
      return true;
    }
    // RFC 8200 section 4.5: the offset is the upper 13 bits; the header ends where the rest begins.
    return parsed.isIpv4()
        ? isFirst4()
        : Memory.getShortBE(parsed.transport() - FRAGMENT_HEADER + 2) >>> 3 == 0;
  }

  private boolean isFirst4() {
    return (Ipv4Header.flagsAndFragment(network()) & Ipv4Header.FRAGMENT_OFFSET_MASK) == 0;
  }

  private boolean has4(int bytes) {
    return isType(EthernetHeader.TYPE_IPV4) && networkOffset() + bytes <= length;
  }

  private boolean has6(int bytes) {
    return isType(EthernetHeader.TYPE_IPV6) && networkOffset() + bytes <= length;
  }

  private int networkOffset() {
    return parsed.networkOffset();
  }

  private long network() {
    return frame + parsed.networkOffset();
  }

  int length() {
    return length;
  }

  boolean isOutbound() {
    return outbound;
  }

  /** Whether the Ethernet type, after all tags, is this one. */
  boolean isType(int type) {
    return parsed.type() == type;
  }

  /** The transport protocol, or {@link #NONE}. */
  int protocol() {
    return protocol;
  }

  boolean isTagged() {
    return parsed.tags() > 0;
  }

  /** Whether one of the tags has this VLAN identifier. */
  boolean isInVlan(int id) {
    for (int i = 0; i < parsed.tags(); i++) {
      int control = Memory.getShortBE(frame + EthernetHeader.LENGTH + 4L * i);
      if ((control & 0xfff) == id) {
        return true;
      }
    }
    return false;
  }

  boolean isFrom(long mac) {
    return length >= EthernetHeader.LENGTH && EthernetHeader.source(frame) == mac;
  }

  boolean isTo(long mac) {
    return length >= EthernetHeader.LENGTH && EthernetHeader.destination(frame) == mac;
  }

  /** Whether the source or destination IPv4 address is there and fits. */
  boolean fits4(boolean source, int address, int mask) {
    return has4(Ipv4Header.MIN_LENGTH)
        && ((source ? Ipv4Header.source(network()) : Ipv4Header.destination(network())) & mask)
            == address;
  }

  /** Whether the sender's or target's IPv4 address of an ARP or RARP packet fits. */
  boolean fitsArp(boolean sender, int address, int mask) {
    int at = sender ? ARP_SENDER : ARP_TARGET;
    return (isType(EthernetHeader.TYPE_ARP) || isType(TYPE_RARP))
        && networkOffset() + at + 4 <= length
        && (Memory.getIntBE(network() + at) & mask) == address;
  }

  /** Whether the source or destination IPv6 address, given as two halves, is there and fits. */
  boolean fits6(boolean source, long high, long low, long highMask, long lowMask) {
    if (!has6(Ipv6Header.LENGTH)) {
      return false;
    }
    long at = source ? Ipv6Header.source(network()) : Ipv6Header.destination(network());
    return (Memory.getLongBE(at) & highMask) == high && (Memory.getLongBE(at + 8) & lowMask) == low;
  }

  /** The source or destination port of TCP, UDP or SCTP, or {@link #NONE}. */
  int port(boolean source) {
    int at = transport + (source ? 0 : 2);
    boolean ports =
        protocol == Ipv4Header.PROTOCOL_TCP
            || protocol == Ipv4Header.PROTOCOL_UDP
            || protocol == PROTOCOL_SCTP;
    return ports && transport != NONE && at + 2 <= length ? Memory.getShortBE(frame + at) : NONE;
  }

  /** The TCP flags, or {@link #NONE}. */
  int tcpFlags() {
    boolean there =
        protocol == Ipv4Header.PROTOCOL_TCP && transport != NONE && transport + TCP_FLAGS < length;
    return there ? Memory.getByte(frame + transport + TCP_FLAGS) : NONE;
  }
}
