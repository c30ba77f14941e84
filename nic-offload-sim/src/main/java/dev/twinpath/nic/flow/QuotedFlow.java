package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;

/**
 * The flow that an ICMP error speaks of: it quotes the packet that we sent, so that its source is
 * what we receive with as the destination (RFC 792; RFC 4443 section 3).
 */
final class QuotedFlow {
  private static final int ICMP_HEADER = 8;

  /** RFC 792: the quoted header and at least 8 bytes more; the ports are in the first four. */
  private static final int PORTS = 4;

  private QuotedFlow() {}

  /** Whether a packet is an error message of ICMP for IPv4 or IPv6. */
  static boolean isError(ParsedPacket packet) {
    if (packet.isFragment() || packet.transportLength() < ICMP_HEADER) {
      return false;
    }
    if (packet.isIpv4() && packet.protocol() == Ipv4Header.PROTOCOL_ICMP) {
      int type = Memory.getByte(packet.transport());
      // Unreachable, source quench, redirect, time exceeded, parameter problem.
      return type >= 3 && type <= 5 || type == 11 || type == 12;
    }
    // RFC 4443 section 2.1: errors have the high bit clear; 1 to 4 are in use.
    return packet.isIpv6()
        && packet.protocol() == Ipv6Header.NEXT_ICMP
        && Memory.getByte(packet.transport()) >= 1
        && Memory.getByte(packet.transport()) <= 4;
  }

  /** What the flow table says of the quoted packet; {@link FlowTable#NONE} when it is cut short. */
  static long find(FlowTable flows, ParsedPacket packet) {
    long quoted = packet.transport() + ICMP_HEADER;
    int length = packet.transportLength() - ICMP_HEADER;
    return packet.isIpv4() ? find4(flows, quoted, length) : find6(flows, quoted, length);
  }

  private static long find4(FlowTable flows, long ip, int length) {
    if (length < Ipv4Header.MIN_LENGTH || Ipv4Header.version(ip) != 4) {
      return FlowTable.NONE;
    }
    int header = Ipv4Header.headerLength(ip);
    int protocol = Ipv4Header.protocol(ip);
    if (header < Ipv4Header.MIN_LENGTH
        || length < header + PORTS
        || !hasPorts(protocol)
        || Ipv4Header.isFragment(ip) && (Memory.getShortBE(ip + 6) & 0x1fff) != 0) {
      return FlowTable.NONE;
    }
    return flows.find(
        protocol,
        Ipv4Header.source(ip),
        Memory.getShortBE(ip + header),
        Ipv4Header.destination(ip),
        Memory.getShortBE(ip + header + 2));
  }

  private static long find6(FlowTable flows, long ip, int length) {
    if (length < Ipv6Header.LENGTH + PORTS || Memory.getByte(ip) >>> 4 != 6) {
      return FlowTable.NONE;
    }
    int protocol = Ipv6Header.nextHeader(ip);
    if (!hasPorts(protocol)) {
      return FlowTable.NONE;
    }
    return flows.find6(
        protocol,
        Ipv6Header.source(ip),
        Memory.getShortBE(ip + Ipv6Header.LENGTH),
        Ipv6Header.destination(ip),
        Memory.getShortBE(ip + Ipv6Header.LENGTH + 2));
  }

  private static boolean hasPorts(int protocol) {
    return protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP;
  }
}
