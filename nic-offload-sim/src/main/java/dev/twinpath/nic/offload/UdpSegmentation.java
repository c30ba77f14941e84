package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.UdpHeader;
import java.lang.foreign.Arena;

/**
 * UDP segmentation in software (virtio 1.3 section 5.1.6.2, Linux's {@code UDP_SEGMENT}): the
 * payload goes out as datagrams of one size, the last perhaps shorter, each with the header and its
 * own length and checksum. Unlike IP fragments, each is a packet of its own.
 */
public final class UdpSegmentation extends Segmentation {
  /** Memory for one datagram's headers is taken from the arena. */
  public UdpSegmentation(Arena arena) {
    super(arena, Ipv4Header.PROTOCOL_UDP, UdpHeader.CHECKSUM_OFFSET);
  }

  @Override
  void beginTransport(long header) {}

  @Override
  void writeTransport(long header, int offset, int length, boolean first, boolean last) {
    UdpHeader.length(header, length);
  }
}
