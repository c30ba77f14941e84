package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;

/**
 * Segmentation in software, for wires that take no uncut frames: what TCP and UDP share.
 *
 * <p>{@link #begin} takes a frame; while {@link #hasNext()}, {@link #next} builds one segment whose
 * headers lie in this object's memory and whose payload stays where it is. A segment that the wire
 * has no room for is simply kept: {@link #current()} is offered again.
 *
 * <p>All headers are repeated, VLAN tags, IPv4 options and IPv6 options included. Of the IP header,
 * these change: the IPv4 total length, identification (counting up, modulo 65536) and checksum, or
 * the IPv6 payload length.
 */
public abstract class Segmentation {
  /** Bytes of all headers that can be handled. */
  public static final int MAX_HEADERS = 192;

  /** The most segments that one packet may be cut into, so that none keeps the device for long. */
  public static final int MAX_SEGMENT_COUNT = 2048;

  private static final int HEADROOM = 64;
  private static final int NEXT_AUTHENTICATION = 51;

  private final int protocol;
  private final int checksumOffset;
  private final long headers;
  private final Frame segment = new Frame();
  private final Frame whole = new Frame();

  private int headerLength;
  private int network;
  private int transport;
  private boolean ipv4;
  private int segmentSize;
  private int payloadLength;
  private int sent;
  private int identification;
  private int piece;
  private int pieceOffset;
  private boolean partialChecksum;

  /**
   * @param arena where the memory for one segment's headers is taken from
   * @param protocol the transport's number
   * @param checksumOffset where the transport's checksum is
   */
  Segmentation(Arena arena, int protocol, int checksumOffset) {
    this.protocol = protocol;
    this.checksumOffset = checksumOffset;
    this.headers = arena.allocate(HEADROOM + MAX_HEADERS, 64).address() + HEADROOM;
  }

  /**
   * Whether a frame can be cut: the check before {@link #begin}. Its headers must be those of its
   * type, wholly in its first piece, with lengths that tell its end, and a checksum requested where
   * the transport has it. IPv6 extension headers are repeated in each segment, but an
   * authentication header cannot be, nor what makes the checksum one over other addresses (a
   * routing header with stops to come, a home address).
   *
   * @param packet the parsed headers of the frame
   */
  public static boolean isValid(Frame frame, ParsedPacket packet) {
    int type = frame.gsoType();
    boolean tcp = type == Frame.GSO_TCP4 || type == Frame.GSO_TCP6;
    if (tcp
        ? !packet.isTcp() || packet.isIpv4() != (type == Frame.GSO_TCP4)
        : type != Frame.GSO_UDP || !packet.isUdp()) {
      return false;
    }
    return frame.gsoSize() > 0
        && packet.payloadOffset() <= Math.min(MAX_HEADERS, frame.length(0))
        && packet.networkEnd() == frame.totalLength()
        && packet.transportOffset() == frame.checksumStart()
        && frame.checksumOffset() == (tcp ? TcpHeader.CHECKSUM_OFFSET : UdpHeader.CHECKSUM_OFFSET)
        && !packet.isPseudoHeaderElsewhere()
        && (!packet.hasExtensions() || isRepeatable(packet));
  }

  private static boolean isRepeatable(ParsedPacket packet) {
    int next = Ipv6Header.nextHeader(packet.network());
    long at = packet.network() + Ipv6Header.LENGTH;
    while (at < packet.transport() && next != NEXT_AUTHENTICATION) {
      next = Memory.getByte(at);
      at += Memory.getByte(at + 1) + 1 << 3;
    }
    return next != NEXT_AUTHENTICATION;
  }

  /** How many segments a payload becomes. */
  public static int count(int payload, int segmentSize) {
    return (payload + segmentSize - 1) / segmentSize;
  }

  /**
   * Begins with a frame; its pieces must stay until the last segment was sent.
   *
   * @param frame one that {@link #isValid}, of this transport
   * @param packet its parsed headers
   * @param wireChecksums whether the wire completes checksums
   */
  public final void begin(Frame frame, ParsedPacket packet, boolean wireChecksums) {
    whole.clear();
    for (int i = 0; i < frame.segments(); i++) {
      whole.add(frame.address(i), frame.length(i));
    }
    headerLength = packet.payloadOffset();
    network = packet.networkOffset();
    transport = packet.transportOffset();
    Memory.copy(frame.address(0), headers, headerLength);
    ipv4 = packet.isIpv4();
    segmentSize = frame.gsoSize();
    payloadLength = frame.totalLength() - headerLength;
    sent = 0;
    identification = ipv4 ? Ipv4Header.identification(headers + network) : 0;
    piece = 0;
    pieceOffset = headerLength;
    partialChecksum = wireChecksums;
    beginTransport(headers + transport);
  }

  /** Whether payload is left. */
  public final boolean hasNext() {
    return sent < payloadLength;
  }

  /** The segment that was built last. */
  public final Frame current() {
    return segment;
  }

  /** Builds the next segment. May raise {@link InternalError} when payload is a truncated file. */
  public final Frame next() {
    int length = Math.min(segmentSize, payloadLength - sent);
    segment.clear();
    segment.headroom(HEADROOM);
    segment.add(headers, headerLength);
    segment.headerLength(headerLength);
    addPayload(length);
    int transportLength = headerLength - transport + length;
    writeTransport(
        headers + transport, sent, transportLength, sent == 0, sent + length == payloadLength);
    Memory.putShortBE(headers + transport + checksumOffset, writeIp(transportLength));
    segment.requestChecksum(transport, checksumOffset);
    if (!partialChecksum) {
      ChecksumOffload.complete(segment);
      segment.clearOffloads();
    }
    sent += length;
    return segment;
  }

  /** Notes what the whole packet's transport header says. */
  abstract void beginTransport(long header);

  /**
   * Changes the transport header of a segment; its checksum is not this method's.
   *
   * @param offset of the segment's payload in the whole packet's
   * @param length of transport header and payload
   */
  abstract void writeTransport(long header, int offset, int length, boolean first, boolean last);

  /** Writes the segment's IP header; returns the pseudo-header's sum. */
  private int writeIp(int transportLength) {
    long ip = headers + network;
    if (ipv4) {
      Ipv4Header.totalLength(ip, transport - network + transportLength);
      Ipv4Header.identification(ip, identification++);
      Ipv4Header.writeChecksum(ip);
      return Checksum.pseudoHeader4(
          Ipv4Header.source(ip), Ipv4Header.destination(ip), protocol, transportLength);
    }
    Ipv6Header.payloadLength(ip, transport - network - Ipv6Header.LENGTH + transportLength);
    return Checksum.pseudoHeader6(
        Ipv6Header.source(ip), Ipv6Header.destination(ip), protocol, transportLength);
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
