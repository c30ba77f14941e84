package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;

/**
 * Compares a packet with a {@link TemplateEntry}, word by word. Only headers are looked at, and
 * only what {@link ParsedPacket} has found to be there.
 */
final class TemplateCheck {
  /** An Ethernet frame is padded up to here; more behind the packet is no padding. */
  private static final int PADDED = 64;

  private static final int ECHO_REQUEST6 = 128;
  private static final int ECHO_REPLY6 = 129;

  private TemplateCheck() {}

  /** Returns a {@link TemplateVerdict}. */
  static int check(long entry, ParsedPacket packet) {
    if (packet.isMalformed()) {
      return TemplateVerdict.FORBIDDEN_HEADERS;
    }
    if (packet.vlan() != Memory.getInt(entry + TemplateEntry.VLAN) || packet.tags() > 1) {
      return TemplateVerdict.WRONG_VLAN;
    }
    switch (Memory.getInt(entry + TemplateEntry.KIND)) {
      case TemplateEntry.KIND_IPV4:
        return checkIpv4(entry, packet);
      case TemplateEntry.KIND_IPV6:
        return checkIpv6(entry, packet);
      case TemplateEntry.KIND_ARP:
        return NeighborCheck.checkArp(entry, packet);
      default:
        return NeighborCheck.checkDiscovery(entry, packet);
    }
  }

  private static int checkIpv4(long entry, ParsedPacket packet) {
    long frame = packet.frame();
    if (differ8(frame, entry + TemplateEntry.DESTINATION_MAC)
        || differ4(frame + 8, entry + TemplateEntry.DESTINATION_MAC + 8)) {
      return TemplateVerdict.WRONG_MAC;
    }
    if (!packet.isIpv4()) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    long ip = packet.network();
    if (packet.isFragment()
        || Ipv4Header.headerLength(ip) != Ipv4Header.MIN_LENGTH
        || hasTrailer(packet)) {
      return TemplateVerdict.FORBIDDEN_HEADERS;
    }
    if (differ8(Ipv4Header.sourceField(ip), entry + TemplateEntry.SOURCE)) {
      return TemplateVerdict.WRONG_ADDRESS;
    }
    return checkTransport(entry, packet);
  }

  private static int checkIpv6(long entry, ParsedPacket packet) {
    long frame = packet.frame();
    if (differ8(frame, entry + TemplateEntry.DESTINATION_MAC)
        || differ4(frame + 8, entry + TemplateEntry.DESTINATION_MAC + 8)) {
      return TemplateVerdict.WRONG_MAC;
    }
    if (!packet.isIpv6()) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    if (packet.hasExtensions() || hasTrailer(packet)) {
      return TemplateVerdict.FORBIDDEN_HEADERS;
    }
    long addresses = Ipv6Header.source(packet.network());
    long pinned = entry + TemplateEntry.SOURCE;
    if (differ8(addresses, pinned)
        || differ8(addresses + 8, pinned + 8)
        || differ8(addresses + 16, pinned + 16)
        || differ8(addresses + 24, pinned + 24)) {
      return TemplateVerdict.WRONG_ADDRESS;
    }
    return checkTransport(entry, packet);
  }

  private static boolean hasTrailer(ParsedPacket packet) {
    return packet.length() > Math.max(packet.networkEnd(), PADDED);
  }

  private static int checkTransport(long entry, ParsedPacket packet) {
    int protocol = packet.protocol();
    if (protocol != Memory.getInt(entry + TemplateEntry.PROTOCOL)) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    int payload = packet.payloadLength();
    if (protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP) {
      if (!packet.hasPorts()) {
        return TemplateVerdict.FORBIDDEN_HEADERS;
      }
      if (differ4(packet.transport(), entry + TemplateEntry.PORTS)) {
        return TemplateVerdict.WRONG_PORT;
      }
      int verdict =
          packet.isTcp() ? checkTcp(entry, packet.transport(), payload) : checkUdp(packet);
      if (verdict != TemplateVerdict.PERMITTED) {
        return verdict;
      }
    } else if (!isHarmless(protocol, packet)) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    return payload > Memory.getInt(entry + TemplateEntry.MAX_PAYLOAD)
        ? TemplateVerdict.PAYLOAD_TOO_LONG
        : TemplateVerdict.PERMITTED;
  }

  private static int checkTcp(long entry, long tcp, int payload) {
    int flags = Memory.getShortBE(tcp + TcpHeader.CHECKSUM_OFFSET - 4) & SendTemplate.ALL_FLAGS;
    if ((flags & ~Memory.getInt(entry + TemplateEntry.FLAGS)) != 0) {
      return TemplateVerdict.FORBIDDEN_FLAGS;
    }
    long window = Memory.getLongAcquire(entry + TemplateEntry.WINDOW);
    long length = window >>> 32;
    if (length == SendTemplate.ANY_WINDOW) {
      return TemplateVerdict.PERMITTED;
    }
    // RFC 9293 section 3.4: SYN and FIN take a sequence number each.
    long begin = TcpHeader.sequence(tcp) - (int) window & 0xffff_ffffL;
    int taken = payload + (flags & TcpHeader.FIN) + ((flags & TcpHeader.SYN) >> 1);
    return begin + taken <= length ? TemplateVerdict.PERMITTED : TemplateVerdict.OUTSIDE_WINDOW;
  }

  private static int checkUdp(ParsedPacket packet) {
    return UdpHeader.length(packet.transport()) == packet.transportLength()
        ? TemplateVerdict.PERMITTED
        : TemplateVerdict.FORBIDDEN_HEADERS;
  }

  /** Of ICMP only echo: its errors and redirects speak about others' connections and routes. */
  private static boolean isHarmless(int protocol, ParsedPacket packet) {
    boolean icmp = protocol == Ipv4Header.PROTOCOL_ICMP && packet.isIpv4();
    boolean icmp6 = protocol == Ipv6Header.NEXT_ICMP && packet.isIpv6();
    if (!icmp && !icmp6) {
      return true;
    }
    if (packet.transportLength() < IcmpHeader.LENGTH
        || packet.transportOffset() + IcmpHeader.LENGTH > packet.readable()) {
      return false;
    }
    int type = IcmpHeader.type(packet.transport());
    return icmp
        ? type == IcmpHeader.ECHO_REQUEST || type == IcmpHeader.ECHO_REPLY
        : type == ECHO_REQUEST6 || type == ECHO_REPLY6;
  }

  static boolean differ8(long a, long b) {
    return Memory.getLong(a) != Memory.getLong(b);
  }

  static boolean differ4(long a, long b) {
    return Memory.getInt(a) != Memory.getInt(b);
  }
}
