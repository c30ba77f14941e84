package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.wire.Frame;

/** Checksums in software, for wires that leave them to the NIC. */
public final class ChecksumOffload {
  private ChecksumOffload() {}

  /**
   * Completes a partial checksum: sums everything from the frame's checksum start, where the
   * pseudo-header's sum stands in the field, and writes the result into the first piece. Raises
   * {@link InternalError} when a piece lies in a truncated file.
   */
  public static void complete(Frame frame) {
    int start = frame.checksumStart();
    int sum = Checksum.sum(frame.address(0) + start, frame.length(0) - start);
    boolean odd = (frame.length(0) - start & 1) != 0;
    for (int i = 1; i < frame.segments(); i++) {
      int piece = Checksum.sum(frame.address(i), frame.length(i));
      sum = Checksum.add(sum, odd ? Checksum.swap(piece) : piece);
      odd ^= (frame.length(i) & 1) != 0;
    }
    Memory.faultBarrier();
    putChecksum(frame.address(0) + start, frame.checksumOffset(), sum);
  }

  /** Completes a partial checksum of a frame that lies in one piece. */
  public static void complete(long address, int length, int start, int offset) {
    putChecksum(address + start, offset, Checksum.sum(address + start, length - start));
  }

  private static void putChecksum(long transport, int offset, int sum) {
    int checksum = Checksum.finish(sum);
    // RFC 768: zero means "no checksum", so a computed zero goes out as its other representation.
    boolean zero = checksum == 0 && offset == UdpHeader.CHECKSUM_OFFSET;
    Memory.putShortBE(transport + offset, zero ? 0xffff : checksum);
  }

  /**
   * Checks a received frame, behind VLAN tags and IPv6 extension headers too. What is summed ends
   * where the packet ends by its own length, so that the padding of short frames does not count.
   *
   * @param vouched whether the wire vouches for the transport checksum (partial or verified)
   * @return {@link ReceiveFlags}; 0 for what is neither IPv4 nor IPv6
   */
  public static int verify(ParsedPacket packet, boolean vouched) {
    if (packet.isIpv4()) {
      return Ipv4Header.verifyChecksum(packet.network())
          ? ReceiveFlags.L3_OK | verifyTransport(packet, vouched)
          : ReceiveFlags.L3_BAD | ReceiveFlags.L4_UNCHECKED;
    }
    if (packet.isIpv6()) {
      return ReceiveFlags.L3_OK | verifyTransport(packet, vouched);
    }
    int type = packet.type();
    return type == EthernetHeader.TYPE_IPV4 || type == EthernetHeader.TYPE_IPV6
        ? ReceiveFlags.L3_BAD | ReceiveFlags.L4_UNCHECKED
        : 0;
  }

  private static int verifyTransport(ParsedPacket packet, boolean vouched) {
    if (packet.isFragment() || packet.isMalformed()) {
      return ReceiveFlags.L4_UNCHECKED;
    }
    if (vouched && packet.hasPorts()) {
      return ReceiveFlags.L4_OK;
    }
    int length = summedLength(packet);
    // Whoever is not the packet's last hop knows only some of the pseudo-header's addresses.
    if (length == 0 || packet.isPseudoHeaderElsewhere()) {
      return ReceiveFlags.L4_UNCHECKED;
    }
    int sum = Checksum.add(pseudoHeader(packet, length), Checksum.sum(packet.transport(), length));
    return Checksum.verifies(sum) ? ReceiveFlags.L4_OK : ReceiveFlags.L4_BAD;
  }

  /** Bytes from the transport header on that its checksum is over; 0 when it cannot be checked. */
  private static int summedLength(ParsedPacket packet) {
    int available = packet.transportLength();
    if (packet.protocol() == Ipv4Header.PROTOCOL_TCP) {
      return available >= TcpHeader.MIN_LENGTH ? available : 0;
    }
    if (!packet.isUdp()) {
      return 0;
    }
    // RFC 768: zero means that there is no checksum. Over IPv6 that is forbidden (RFC 8200 section
    // 8.1) but for tunnels (RFC 6936), and only the host knows which ports are a tunnel's.
    if (UdpHeader.checksum(packet.transport()) == 0) {
      return 0;
    }
    // RFC 768 and RFC 8200 section 8.1: UDP's own length counts, in the pseudo-header as well. One
    // that does not fit is the host's to judge.
    int length = UdpHeader.length(packet.transport());
    return length >= UdpHeader.LENGTH && length <= available ? length : 0;
  }

  private static int pseudoHeader(ParsedPacket packet, int length) {
    return packet.isIpv4()
        ? Checksum.pseudoHeader4(packet.source4(), packet.destination4(), packet.protocol(), length)
        : Checksum.pseudoHeader6(
            packet.source6(), packet.destination6(), packet.protocol(), length);
  }
}
