package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;

/**
 * ARP and neighbour discovery by template: whoever may send them speaks for its own addresses only,
 * so that it cannot take others' traffic.
 */
final class NeighborCheck {
  private static final int ROUTER_SOLICITATION = 133;
  private static final int NEIGHBOR_SOLICITATION = 135;
  private static final int NEIGHBOR_ADVERTISEMENT = 136;
  private static final int SOURCE_LINK_ADDRESS = 1;
  private static final int TARGET_LINK_ADDRESS = 2;

  /** RFC 4861 section 7.1: from another network it would be less. */
  private static final int HOP_LIMIT = 255;

  private NeighborCheck() {}

  static int checkArp(long entry, ParsedPacket packet) {
    if (packet.type() != EthernetHeader.TYPE_ARP) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    long arp = packet.network();
    if (packet.readable() < packet.networkOffset() + ArpHeader.LENGTH
        || !ArpHeader.isIpv4OverEthernet(arp)
        || ArpHeader.operation(arp) != ArpHeader.REQUEST
            && ArpHeader.operation(arp) != ArpHeader.REPLY) {
      return TemplateVerdict.FORBIDDEN_HEADERS;
    }
    long mac = EthernetHeader.mac(entry + TemplateEntry.SOURCE_MAC);
    if (EthernetHeader.source(packet.frame()) != mac || ArpHeader.senderMac(arp) != mac) {
      return TemplateVerdict.WRONG_MAC;
    }
    return ArpHeader.senderAddress(arp) == Memory.getIntBE(entry + TemplateEntry.SOURCE)
        ? TemplateVerdict.PERMITTED
        : TemplateVerdict.WRONG_ADDRESS;
  }

  /**
   * RFC 4861 section 4: the message begins with 4 bytes of ICMP and 4 of flags, then the target.
   */
  static int checkDiscovery(long entry, ParsedPacket packet) {
    if (!packet.isIpv6() || packet.protocol() != Ipv6Header.NEXT_ICMP) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    long message = packet.transport();
    int length = packet.transportLength();
    if (packet.hasExtensions()
        || length < 8
        || packet.length() != packet.networkEnd()
        || packet.readable() < packet.networkEnd()
        || Ipv6Header.hopLimit(packet.network()) != HOP_LIMIT
        || Memory.getByte(message + 1) != 0) {
      return TemplateVerdict.FORBIDDEN_HEADERS;
    }
    int type = Memory.getByte(message);
    if (type != ROUTER_SOLICITATION
        && type != NEIGHBOR_SOLICITATION
        && type != NEIGHBOR_ADVERTISEMENT) {
      return TemplateVerdict.WRONG_PROTOCOL;
    }
    long mac = EthernetHeader.mac(entry + TemplateEntry.SOURCE_MAC);
    if (EthernetHeader.source(packet.frame()) != mac) {
      return TemplateVerdict.WRONG_MAC;
    }
    long source = packet.source6();
    boolean own = isOwn(entry, source);
    // Who asks whether its address is free does so from the unspecified one (RFC 4862 section 5.4).
    boolean unspecified = (Memory.getLong(source) | Memory.getLong(source + 8)) == 0;
    if (!own && (!unspecified || type == NEIGHBOR_ADVERTISEMENT)) {
      return TemplateVerdict.WRONG_ADDRESS;
    }
    int options = type == ROUTER_SOLICITATION ? 8 : 24;
    if (length < options) {
      return TemplateVerdict.FORBIDDEN_HEADERS;
    }
    if (type == NEIGHBOR_ADVERTISEMENT && !isOwn(entry, message + 8)) {
      return TemplateVerdict.WRONG_ADDRESS;
    }
    return checkOptions(message + options, length - options, mac);
  }

  private static boolean isOwn(long entry, long address) {
    return !TemplateCheck.differ8(address, entry + TemplateEntry.SOURCE)
        && !TemplateCheck.differ8(address + 8, entry + TemplateEntry.SOURCE + 8);
  }

  private static int checkOptions(long options, int length, long mac) {
    int at = 0;
    while (at < length) {
      if (length - at < 8) {
        return TemplateVerdict.FORBIDDEN_HEADERS;
      }
      int type = Memory.getByte(options + at);
      int size = Memory.getByte(options + at + 1) << 3;
      if (size == 0 || size > length - at) {
        return TemplateVerdict.FORBIDDEN_HEADERS;
      }
      if ((type == SOURCE_LINK_ADDRESS || type == TARGET_LINK_ADDRESS)
          && EthernetHeader.mac(options + at + 2) != mac) {
        return TemplateVerdict.WRONG_MAC;
      }
      at += size;
    }
    return TemplateVerdict.PERMITTED;
  }
}
