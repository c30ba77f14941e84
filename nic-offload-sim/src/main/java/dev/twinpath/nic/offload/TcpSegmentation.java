package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import java.lang.foreign.Arena;

/**
 * TCP segmentation in software. Of the TCP header, these change: the sequence number and checksum;
 * FIN and PSH stand only on the last segment; CWR only on the first (RFC 3168 section 6.1.2).
 * Options are repeated.
 */
public final class TcpSegmentation extends Segmentation {
  private int sequence;
  private int flags;

  /** Memory for one segment's headers is taken from the arena. */
  public TcpSegmentation(Arena arena) {
    super(arena, Ipv4Header.PROTOCOL_TCP, TcpHeader.CHECKSUM_OFFSET);
  }

  @Override
  void beginTransport(long header) {
    sequence = TcpHeader.sequence(header);
    flags = TcpHeader.flags(header);
  }

  @Override
  void writeTransport(long header, int offset, int length, boolean first, boolean last) {
    TcpHeader.sequence(header, sequence + offset);
    int segmentFlags = flags;
    if (!last) {
      segmentFlags &= ~(TcpHeader.FIN | TcpHeader.PSH);
    }
    if (!first) {
      segmentFlags &= ~TcpHeader.CWR;
    }
    TcpHeader.flags(header, segmentFlags);
  }
}
