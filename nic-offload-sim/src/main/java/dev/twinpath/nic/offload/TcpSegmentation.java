package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;

/**
 * TCP segmentation in software, for wires that take no uncut frames.
 *
 * <p>{@link #begin} takes a frame; while {@link #hasNext()}, {@link #next} builds one segment whose
 * headers lie in this object's memory and whose payload stays where it is. A segment that the wire
 * has no room for is simply kept: {@link #current()} is offered again.
 *
 * <p>Of the headers, these change: the IPv4 total length, identification (counting up) and
 * checksum, or the IPv6 payload length; the TCP sequence number and checksum; FIN and PSH only on
 * the last segment; CWR only on the first (RFC 3168 section 6.1.2). Options are repeated.
 */
public final class TcpSegmentation {
  /** Bytes of all headers that can be handled. */
  public static final int MAX_HEADERS = 192;

  private static final int HEADROOM = 64;

  private final long headers;
  private final Frame segment = new Frame();
  private final Frame whole = new Frame();

  private int headerLength;
  private int transportStart;
  private boolean ipv4;
  private int segmentSize;
  private int payloadLength;
  private int sent;
  private int identification;
  private int sequence;
  private int flags;
  private int piece;
  private int pieceOffset;
  private boolean partialChecksum;

  /** Memory for one segment's headers is taken from the arena. */
  public TcpSegmentation(Arena arena) {
    headers = arena.allocate(HEADROOM + MAX_HEADERS, 64).address() + HEADROOM;
  }

  /**
   * Whether a frame's first piece is exactly the headers that segmentation of its type needs: the
   * check before {@link #begin}.
   */
  public static boolean isValid(Frame frame, int headerLength) {
    boolean ipv4 = frame.gsoType() == Frame.GSO_TCP4;
    int fixed = EthernetHeader.LENGTH + (ipv4 ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH);
    if (frame.gsoSize() <= 0
        || headerLength > MAX_HEADERS
        || headerLength > frame.length(0)
        || headerLength < fixed + TcpHeader.MIN_LENGTH) {
      return false;
    }
    long ethernet = frame.address(0);
    long ip = ethernet + EthernetHeader.LENGTH;
    int transport = fixed;
    if (ipv4) {
      transport = EthernetHeader.LENGTH + Ipv4Header.headerLength(ip);
      if (EthernetHeader.type(ethernet) != EthernetHeader.TYPE_IPV4
          || Ipv4Header.version(ip) != 4
          || transport < fixed
          || Ipv4Header.protocol(ip) != Ipv4Header.PROTOCOL_TCP) {
        return false;
      }
    } else if (EthernetHeader.type(ethernet) != EthernetHeader.TYPE_IPV6
        || Ipv6Header.nextHeader(ip) != Ipv6Header.NEXT_TCP) {
      return false;
    }
    return transport == frame.checksumStart()
        && transport + TcpHeader.MIN_LENGTH <= headerLength
        && transport + TcpHeader.headerLength(ethernet + transport) == headerLength;
  }

  /**
   * Begins with a frame; its pieces must stay until the last segment was sent.
   *
   * @param frame one that {@link #isValid}
   * @param headers bytes of all headers, options included
   * @param wireChecksums whether the wire completes checksums
   */
  public void begin(Frame frame, int headers, boolean wireChecksums) {
    whole.clear();
    for (int i = 0; i < frame.segments(); i++) {
      whole.add(frame.address(i), frame.length(i));
    }
    long source = frame.address(0);
    Memory.copy(source, this.headers, headers);
    long ip = this.headers + EthernetHeader.LENGTH;
    headerLength = headers;
    transportStart = frame.checksumStart();
    ipv4 = frame.gsoType() == Frame.GSO_TCP4;
    segmentSize = frame.gsoSize();
    payloadLength = frame.totalLength() - headers;
    sent = 0;
    identification = ipv4 ? Ipv4Header.identification(ip) : 0;
    sequence = TcpHeader.sequence(this.headers + transportStart);
    flags = TcpHeader.flags(this.headers + transportStart);
    piece = 0;
    pieceOffset = headers;
    partialChecksum = wireChecksums;
  }

  /** Whether payload is left. */
  public boolean hasNext() {
    return sent < payloadLength;
  }

  /** The segment that was built last. */
  public Frame current() {
    return segment;
  }

  /** Builds the next segment. May raise {@link InternalError} when payload is a truncated file. */
  public Frame next() {
    int length = Math.min(segmentSize, payloadLength - sent);
    boolean first = sent == 0;
    boolean last = sent + length == payloadLength;
    segment.clear();
    segment.headroom(HEADROOM);
    segment.add(headers, headerLength);
    segment.headerLength(headerLength);
    addPayload(length);

    long tcp = headers + transportStart;
    int tcpLength = headerLength - transportStart + length;
    TcpHeader.sequence(tcp, sequence + sent);
    int segmentFlags = flags;
    if (!last) {
      segmentFlags &= ~(TcpHeader.FIN | TcpHeader.PSH);
    }
    if (!first) {
      segmentFlags &= ~TcpHeader.CWR;
    }
    TcpHeader.flags(tcp, segmentFlags);
    TcpHeader.checksum(tcp, writeIp(tcpLength));
    segment.requestChecksum(transportStart, TcpHeader.CHECKSUM_OFFSET);
    if (!partialChecksum) {
      ChecksumOffload.complete(segment);
      segment.clearOffloads();
    }
    sent += length;
    return segment;
  }

  /** Writes the segment's IP header; returns the pseudo-header's sum. */
  private int writeIp(int tcpLength) {
    long ip = headers + EthernetHeader.LENGTH;
    if (ipv4) {
      Ipv4Header.totalLength(ip, transportStart - EthernetHeader.LENGTH + tcpLength);
      Ipv4Header.identification(ip, identification++);
      Ipv4Header.writeChecksum(ip);
      return Checksum.pseudoHeader4(
          Ipv4Header.source(ip), Ipv4Header.destination(ip), Ipv4Header.PROTOCOL_TCP, tcpLength);
    }
    Ipv6Header.payloadLength(ip, tcpLength);
    return Checksum.pseudoHeader6(
        Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, tcpLength);
  }

  private void addPayload(int length) {
    int left = length;
    while (left > 0) {
      int available = whole.length(piece) - pieceOffset;
      if (available == 0) {
        piece++;
        pieceOffset = 0;
        continue;
      }
      int take = Math.min(left, available);
      segment.add(whole.address(piece) + pieceOffset, take);
      pieceOffset += take;
      left -= take;
    }
  }
}
