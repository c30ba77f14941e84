package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
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
   * Checks a received frame.
   *
   * @param vouched whether the wire vouches for the transport checksum (partial or verified)
   * @return {@link ReceiveFlags}; 0 for what is neither IPv4 nor IPv6
   */
  public static int verify(long frame, int length, boolean vouched) {
    if (length < EthernetHeader.LENGTH) {
      return 0;
    }
    long packet = frame + EthernetHeader.LENGTH;
    int available = length - EthernetHeader.LENGTH;
    switch (EthernetHeader.type(frame)) {
      case EthernetHeader.TYPE_IPV4:
        return verifyIpv4(packet, available, vouched);
      case EthernetHeader.TYPE_IPV6:
        return verifyIpv6(packet, available, vouched);
      default:
        return 0;
    }
  }

  private static int verifyIpv4(long packet, int available, boolean vouched) {
    if (!Ipv4Header.isValid(packet, available) || !Ipv4Header.verifyChecksum(packet)) {
      return ReceiveFlags.L3_BAD | ReceiveFlags.L4_UNCHECKED;
    }
    if (Ipv4Header.isFragment(packet)) {
      return ReceiveFlags.L3_OK | ReceiveFlags.L4_UNCHECKED;
    }
    int header = Ipv4Header.headerLength(packet);
    int protocol = Ipv4Header.protocol(packet);
    int length = Ipv4Header.totalLength(packet) - header;
    if (vouched && isTcpOrUdp(protocol)) {
      return ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;
    }
    if (!canVerify(protocol, packet + header, length)) {
      return ReceiveFlags.L3_OK | ReceiveFlags.L4_UNCHECKED;
    }
    if (protocol == Ipv4Header.PROTOCOL_UDP && UdpHeader.checksum(packet + header) == 0) {
      return ReceiveFlags.L3_OK | ReceiveFlags.L4_UNCHECKED;
    }
    int pseudo =
        Checksum.pseudoHeader4(
            Ipv4Header.source(packet), Ipv4Header.destination(packet), protocol, length);
    return ReceiveFlags.L3_OK | verifyTransport(pseudo, packet + header, length);
  }

  private static int verifyIpv6(long packet, int available, boolean vouched) {
    if (!Ipv6Header.isValid(packet, available)) {
      return ReceiveFlags.L3_BAD | ReceiveFlags.L4_UNCHECKED;
    }
    int protocol = Ipv6Header.nextHeader(packet);
    int length = Ipv6Header.payloadLength(packet);
    if (vouched && isTcpOrUdp(protocol)) {
      return ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;
    }
    if (!canVerify(protocol, packet + Ipv6Header.LENGTH, length)) {
      return ReceiveFlags.L3_OK | ReceiveFlags.L4_UNCHECKED;
    }
    int pseudo =
        Checksum.pseudoHeader6(
            Ipv6Header.source(packet), Ipv6Header.destination(packet), protocol, length);
    return ReceiveFlags.L3_OK | verifyTransport(pseudo, packet + Ipv6Header.LENGTH, length);
  }

  private static boolean isTcpOrUdp(int protocol) {
    return protocol == Ipv4Header.PROTOCOL_TCP || protocol == Ipv4Header.PROTOCOL_UDP;
  }

  /** A UDP length that differs from the IP payload's is the host's to judge. */
  private static boolean canVerify(int protocol, long transport, int length) {
    if (protocol == Ipv4Header.PROTOCOL_UDP) {
      return length >= UdpHeader.LENGTH && UdpHeader.length(transport) == length;
    }
    return protocol == Ipv4Header.PROTOCOL_TCP;
  }

  private static int verifyTransport(int pseudo, long transport, int length) {
    boolean good = Checksum.verifies(Checksum.add(pseudo, Checksum.sum(transport, length)));
    return good ? ReceiveFlags.L4_OK : ReceiveFlags.L4_BAD;
  }
}
