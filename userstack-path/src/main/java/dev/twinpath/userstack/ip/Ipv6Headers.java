package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;

/** IPv6 extension headers (RFC 8200 section 4): their numbers, and a way past them. */
final class Ipv6Headers {
  static final int HOP_BY_HOP = 0;
  static final int ROUTING = 43;
  static final int FRAGMENT = 44;
  static final int NO_NEXT = 59;
  static final int DESTINATION = 60;
  static final int FRAGMENT_LENGTH = 8;

  /** Extension headers of one packet that are looked at; more is no honest packet. */
  static final int MAX_COUNT = 8;

  /** Bytes of extension headers of one packet. */
  static final int MAX_BYTES = 512;

  private Ipv6Headers() {}

  /** Whether a header of options or of routing has this number. */
  static boolean isSkippable(int next) {
    return next == HOP_BY_HOP || next == ROUTING || next == DESTINATION;
  }

  /** Whether a packet's destination is one host. */
  static boolean isToOne(long ip) {
    return Memory.getByte(Ipv6Header.destination(ip)) != 0xff;
  }

  /** Bytes of an extension header that is not a fragment header. */
  static int length(long header) {
    return Memory.getByte(header + 1) + 1 << 3;
  }

  /**
   * Finds the upper-layer header, past fragment headers of first fragments too.
   *
   * @param end where what is there of the packet ends
   * @return {@code offset << 8 | number}, the offset from the IPv6 header; -1 = it is not there
   */
  static int upperLayer(long ip, long end) {
    int next = Ipv6Header.nextHeader(ip);
    long at = ip + Ipv6Header.LENGTH;
    for (int i = 0; i <= MAX_COUNT; i++) {
      boolean fragment = next == FRAGMENT;
      if (!fragment && !isSkippable(next)) {
        return (int) (at - ip) << 8 | next;
      }
      if (at + FRAGMENT_LENGTH > end) {
        return -1;
      }
      if (fragment && (Memory.getShortBE(at + 2) & ~7) != 0) {
        return -1;
      }
      next = Memory.getByte(at);
      at += fragment ? FRAGMENT_LENGTH : length(at);
    }
    return -1;
  }
}
