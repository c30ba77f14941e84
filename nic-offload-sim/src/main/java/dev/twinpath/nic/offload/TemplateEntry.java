package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;

/**
 * The layout of a send template in memory, two cache lines: what frames have is stored as frames
 * have it, so that the check compares words.
 *
 * <pre>
 *  0 id(4)  4 domain(4)  8 destination and source MAC(12)  20 VLAN control or -1(4)
 * 24 kind(4)  28 protocol(4)  32 addresses(8 or 32)  64 ports(4)  68 permitted flags(4)
 * 72 window: length(4, high half), low(4)  80 maximum payload(4)
 * </pre>
 */
final class TemplateEntry {
  static final int LENGTH = 128;

  static final int ID = 0;
  static final int DOMAIN = 4;
  static final int DESTINATION_MAC = 8;
  static final int SOURCE_MAC = 14;
  static final int VLAN = 20;
  static final int KIND = 24;
  static final int PROTOCOL = 28;
  static final int SOURCE = 32;
  static final int DESTINATION6 = 48;
  static final int PORTS = 64;
  static final int FLAGS = 68;
  static final int WINDOW = 72;
  static final int MAX_PAYLOAD = 80;

  static final int KIND_IPV4 = 4;
  static final int KIND_IPV6 = 6;
  static final int KIND_ARP = 1;
  static final int KIND_NEIGHBOR_DISCOVERY = 2;

  private TemplateEntry() {}

  /** Writes everything but the id, which publishes the rest. */
  static void write(long entry, SendTemplate t, int domain) {
    Memory.putInt(entry + DOMAIN, domain);
    EthernetHeader.putMac(entry + DESTINATION_MAC, t.destinationMac());
    EthernetHeader.putMac(entry + SOURCE_MAC, t.sourceMac());
    Memory.putInt(entry + VLAN, t.vlan());
    Memory.putInt(entry + KIND, kind(t.kind()));
    Memory.putInt(entry + PROTOCOL, t.protocol());
    if (t.kind() == SendTemplate.Kind.IPV4 || t.kind() == SendTemplate.Kind.ARP) {
      Memory.putIntBE(entry + SOURCE, (int) t.sourceLow());
      Memory.putIntBE(entry + SOURCE + 4, (int) t.destinationLow());
    } else {
      Memory.putLongBE(entry + SOURCE, t.sourceHigh());
      Memory.putLongBE(entry + SOURCE + 8, t.sourceLow());
      Memory.putLongBE(entry + DESTINATION6, t.destinationHigh());
      Memory.putLongBE(entry + DESTINATION6 + 8, t.destinationLow());
    }
    Memory.putIntBE(entry + PORTS, t.sourcePort() << 16 | t.destinationPort());
    Memory.putInt(entry + FLAGS, t.permittedFlags());
    Memory.putLong(entry + WINDOW, window(t.windowLow(), t.windowLength()));
    Memory.putInt(entry + MAX_PAYLOAD, t.maxPayload());
  }

  /** A window as one word, so that it changes in one store. */
  static long window(int low, long length) {
    return length << 32 | low & 0xffff_ffffL;
  }

  private static int kind(SendTemplate.Kind kind) {
    switch (kind) {
      case IPV4:
        return KIND_IPV4;
      case IPV6:
        return KIND_IPV6;
      case ARP:
        return KIND_ARP;
      default:
        return KIND_NEIGHBOR_DISCOVERY;
    }
  }
}
