package dev.twinpath.nic.wire.xdp;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.wire.Frame;

/**
 * Recognises the checksum that a kernel on the same machine left to hardware that is not there.
 *
 * <p>Over a veth pair nothing computes a TCP or UDP checksum: the sender's kernel puts the
 * pseudo-header's sum into the field, and the socket buffer says so beside the frame
 * (CHECKSUM_PARTIAL). AF_XDP hands on the frame alone, so the mark is lost and the field looks
 * wrong. There it is taken as what it is when it holds exactly that sum; a line, which could damage
 * a frame, is not between.
 */
final class UnfinishedChecksum {
  private final ParsedPacket packet = new ParsedPacket();

  /**
   * Marks the context of a frame whose transport checksum is unfinished.
   *
   * @return whether it is
   */
  boolean mark(long address, int length, Frame context) {
    packet.parse(address, length);
    if (!packet.hasPorts() || packet.transportLength() < UdpHeader.LENGTH) {
      return false;
    }
    int offset = packet.isTcp() ? TcpHeader.CHECKSUM_OFFSET : UdpHeader.CHECKSUM_OFFSET;
    int pseudo =
        packet.isIpv4()
            ? Checksum.pseudoHeader4(
                packet.source4(),
                packet.destination4(),
                packet.protocol(),
                packet.transportLength())
            : Checksum.pseudoHeader6(
                Ipv6Header.source(packet.network()),
                Ipv6Header.destination(packet.network()),
                packet.protocol(),
                packet.transportLength());
    int field = Memory.getShortBE(packet.transport() + offset);
    // Ones' complement has two zeros; to UDP one of them says that there is no checksum (RFC 768).
    if (field != pseudo && !(packet.isTcp() && field == 0 && pseudo == 0xffff)) {
      return false;
    }
    context.requestChecksum(packet.transportOffset(), offset);
    return true;
  }
}
