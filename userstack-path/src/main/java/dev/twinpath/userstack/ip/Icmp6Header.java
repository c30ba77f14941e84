package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;

/** ICMPv6 messages in memory (RFC 4443, RFC 4861); the header's shape is that of ICMP. */
final class Icmp6Header {
  static final int DESTINATION_UNREACHABLE = 1;
  static final int PACKET_TOO_BIG = 2;
  static final int TIME_EXCEEDED = 3;
  static final int PARAMETER_PROBLEM = 4;
  static final int ECHO_REQUEST = 128;
  static final int ECHO_REPLY = 129;
  static final int ROUTER_SOLICITATION = 133;
  static final int ROUTER_ADVERTISEMENT = 134;
  static final int NEIGHBOR_SOLICITATION = 135;
  static final int NEIGHBOR_ADVERTISEMENT = 136;
  static final int REDIRECT = 137;

  /** Types from here on are no errors (RFC 4443 section 2.1). */
  static final int FIRST_INFORMATIONAL = 128;

  // Destination unreachable.
  static final int CODE_NO_ROUTE = 0;
  static final int CODE_PROHIBITED = 1;
  static final int CODE_BEYOND_SCOPE = 2;
  static final int CODE_ADDRESS_UNREACHABLE = 3;
  static final int CODE_PORT_UNREACHABLE = 4;
  static final int CODE_POLICY = 5;
  static final int CODE_REJECT_ROUTE = 6;

  // Time exceeded.
  static final int CODE_REASSEMBLY = 1;

  // Parameter problem.
  static final int CODE_ERRONEOUS_FIELD = 0;
  static final int CODE_UNKNOWN_NEXT_HEADER = 1;
  static final int CODE_UNKNOWN_OPTION = 2;
  static final int CODE_INCOMPLETE_CHAIN = 3;

  private Icmp6Header() {}

  /** Computes and writes the checksum of a message behind an IPv6 header that is written. */
  static void writeChecksum(long ip, long message, int length) {
    Memory.putShortBE(message + 2, 0);
    Memory.putShortBE(message + 2, Checksum.finish(sum(ip, message, length)));
  }

  /** Whether the checksum of a message is right. */
  static boolean verifyChecksum(long ip, long message, int length) {
    return Checksum.verifies(sum(ip, message, length));
  }

  private static int sum(long ip, long message, int length) {
    int pseudo =
        Checksum.pseudoHeader6(
            Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_ICMP, length);
    return Checksum.add(pseudo, Checksum.sum(message, length));
  }

  /** See {@link IcmpHeader#type}. */
  static int type(long message) {
    return IcmpHeader.type(message);
  }
}
