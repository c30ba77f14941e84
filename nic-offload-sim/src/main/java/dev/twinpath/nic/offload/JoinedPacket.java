package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;

/**
 * A packet in a host's buffer to which segments may be joined. Its headers are kept in the device's
 * memory as well: what the host may write is never read back.
 */
final class JoinedPacket {
  /** Ethernet, two tags, IPv6 and TCP with all options: the most that is joined. */
  static final int MAX_HEADERS = 14 + 8 + Ipv6Header.LENGTH + TcpHeader.MAX_LENGTH;

  static final int HEADER_SPACE = 128;

  private static final int MAX_IP_PACKET = 65535;
  private static final int TIMESTAMPS_ALIGNED = 0x0101080a;
  private static final int TIMESTAMPS_LENGTH = 12;

  private final long headers;

  private int network;
  private int transport;
  private int headerLength;
  private boolean ipv4;
  private boolean partialChecksum;
  private boolean fixedIdentification;
  private int nextSequence;
  private int segmentSize;
  private int frameLength;
  private int payloadLength;
  private int payloadSum;
  private int segments;

  private int flags;
  private int flowTag;
  private int rssHash;
  private int vlan;

  private int bufferId;
  private int region;
  private long offset;
  private int room;
  private boolean split;
  private int headerRegion;
  private long headerOffset;

  /** When it was opened. */
  long since;

  /** When it was touched last, in segments that came. */
  long touched;

  /**
   * @param headers {@link #HEADER_SPACE} bytes of the device's memory
   */
  JoinedPacket(long headers) {
    this.headers = headers;
  }

  /** Becomes the first segment, wherever it lies. */
  void begin(
      ParsedPacket packet,
      int receiveFlags,
      int tag,
      int hash,
      int vlanControl,
      boolean isPartialChecksum) {
    network = packet.networkOffset();
    transport = packet.transportOffset();
    headerLength = packet.payloadOffset();
    frameLength = packet.length();
    ipv4 = packet.isIpv4();
    Memory.copy(packet.frame(), headers, headerLength);
    partialChecksum = isPartialChecksum;
    fixedIdentification = false;
    segmentSize = packet.payloadLength();
    payloadLength = segmentSize;
    nextSequence = TcpHeader.sequence(headers + transport) + segmentSize;
    payloadSum = partialChecksum ? 0 : payloadSum(packet);
    segments = 1;
    flags = receiveFlags;
    flowTag = tag;
    rssHash = hash;
    vlan = vlanControl;
  }

  /** Takes the buffer that the first segment was put into. */
  void place(
      int buffer,
      int bufferRegion,
      long bufferOffset,
      int capacity,
      int headersRegion,
      long headersOffset) {
    bufferId = buffer;
    region = bufferRegion;
    offset = bufferOffset;
    split = headersRegion >= 0;
    headerRegion = headersRegion;
    headerOffset = headersOffset;
    room = capacity - payloadOffset() - payloadLength;
  }

  /** Where the payload begins in its buffer. */
  private int payloadOffset() {
    return split ? 0 : headerLength;
  }

  int segments() {
    return segments;
  }

  int bufferId() {
    return bufferId;
  }

  /** Whether a TCP packet is of the same flow. */
  boolean isFlowOf(ParsedPacket packet) {
    return Memory.getInt(headers + transport) == Memory.getInt(packet.transport())
        && hasAddressesOf(packet);
  }

  /** Whether a packet has the same addresses. */
  boolean hasAddressesOf(ParsedPacket packet) {
    if (ipv4 != packet.isIpv4()) {
      return false;
    }
    long ip = headers + network;
    long other = packet.network();
    if (ipv4) {
      return Memory.getLong(ip + 12) == Memory.getLong(other + 12);
    }
    return Memory.getLong(ip + 8) == Memory.getLong(other + 8)
        && Memory.getLong(ip + 16) == Memory.getLong(other + 16)
        && Memory.getLong(ip + 24) == Memory.getLong(other + 24)
        && Memory.getLong(ip + 32) == Memory.getLong(other + 32);
  }

  /**
   * Why a segment of the same flow cannot be joined, as Linux decides it (tcp_gro_receive in
   * net/ipv4/tcp_offload.c); null when it can.
   */
  FlushCause refuses(
      ParsedPacket packet, int receiveFlags, int tag, int vlanControl, boolean isPartialChecksum) {
    long tcp = packet.transport();
    if (TcpHeader.sequence(tcp) != nextSequence) {
      return FlushCause.GAP;
    }
    if (packet.payloadOffset() != headerLength
        || packet.transportOffset() != transport
        || tag != flowTag
        || receiveFlags != flags
        || vlanControl != vlan
        || isPartialChecksum != partialChecksum
        || !hasLinkHeaderOf(packet.frame())
        || !(ipv4 ? continues4(packet.network()) : continues6(packet.network()))) {
      return FlushCause.HEADERS;
    }
    FlushCause cause = refusesTcp(tcp);
    if (cause != null) {
      return cause;
    }
    int length = packet.payloadLength();
    if (length > segmentSize) {
      return FlushCause.SIZE;
    }
    boolean fits = headerLength - network + payloadLength + length <= MAX_IP_PACKET;
    return fits && length <= room ? null : FlushCause.FULL;
  }

  private boolean hasLinkHeaderOf(long frame) {
    if (Memory.getLong(headers) != Memory.getLong(frame)
        || Memory.getLong(headers + 6) != Memory.getLong(frame + 6)) {
      return false;
    }
    for (int at = EthernetHeader.LENGTH; at < network; at += 2) {
      if (Memory.getShort(headers + at) != Memory.getShort(frame + at)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Type of service with its ECN bits, time to live and flags are the same; the identification
   * counts up, or stands still where it means nothing (RFC 6864: with DF).
   */
  private boolean continues4(long ip) {
    long own = headers + network;
    if (Ipv4Header.typeOfService(ip) != Ipv4Header.typeOfService(own)
        || Ipv4Header.timeToLive(ip) != Ipv4Header.timeToLive(own)
        || Ipv4Header.flagsAndFragment(ip) != Ipv4Header.flagsAndFragment(own)) {
      return false;
    }
    int step = Ipv4Header.identification(ip) - Ipv4Header.identification(own) & 0xffff;
    boolean atomic = (Ipv4Header.flagsAndFragment(own) & Ipv4Header.DONT_FRAGMENT) != 0;
    boolean fixed = segments == 1 ? atomic && step == 0 : fixedIdentification;
    return step == (fixed ? 0 : segments);
  }

  /** Traffic class with its ECN bits, flow label and hop limit are the same. */
  private boolean continues6(long ip) {
    long own = headers + network;
    return Memory.getInt(ip) == Memory.getInt(own)
        && Ipv6Header.hopLimit(ip) == Ipv6Header.hopLimit(own);
  }

  private FlushCause refusesTcp(long tcp) {
    long own = headers + transport;
    int options = headerLength - transport - TcpHeader.MIN_LENGTH;
    for (int i = 0; i < options; i += 4) {
      int at = TcpHeader.MIN_LENGTH + i;
      if (Memory.getInt(tcp + at) != Memory.getInt(own + at)) {
        return i > 0
                && options == TIMESTAMPS_LENGTH
                && Memory.getIntBE(own + TcpHeader.MIN_LENGTH) == TIMESTAMPS_ALIGNED
            ? FlushCause.TIMESTAMP
            : FlushCause.HEADERS;
      }
    }
    // The byte of the header length also holds a flag (RFC 3540) and what is reserved.
    boolean same =
        TcpHeader.acknowledgment(tcp) == TcpHeader.acknowledgment(own)
            && TcpHeader.window(tcp) == TcpHeader.window(own)
            && Memory.getByte(tcp + 12) == Memory.getByte(own + 12);
    return same ? null : FlushCause.HEADERS;
  }

  /**
   * Puts a segment's payload, which {@link #refuses} said nothing against, behind what is there.
   *
   * @return false when the host took the buffer's memory away
   */
  boolean append(ParsedPacket packet, HostMemory memory) {
    int length = packet.payloadLength();
    long to = memory.writable(region, offset + payloadOffset() + payloadLength, length);
    if (to < 0) {
      return false;
    }
    Memory.copy(packet.frame() + headerLength, to, length);
    if (!partialChecksum) {
      int sum = payloadSum(packet);
      payloadSum = Checksum.add(payloadSum, (payloadLength & 1) != 0 ? Checksum.swap(sum) : sum);
    }
    if (ipv4 && segments == 1) {
      fixedIdentification =
          Ipv4Header.identification(packet.network())
              == Ipv4Header.identification(headers + network);
    }
    long tcp = headers + transport;
    int push = TcpHeader.flags(packet.transport()) & TcpHeader.PSH;
    TcpHeader.flags(tcp, TcpHeader.flags(tcp) | push);
    nextSequence += length;
    payloadLength += length;
    room -= length;
    segments++;
    return true;
  }

  /** Whether a segment of so many bytes was the last one. */
  boolean isShort(int length) {
    return length < segmentSize;
  }

  /**
   * Writes the headers of what was joined into the buffer.
   *
   * @return false when the host took the buffer's memory away
   */
  boolean writeHeaders(HostMemory memory) {
    long to =
        split
            ? memory.writable(headerRegion, headerOffset, headerLength)
            : memory.writable(region, offset, headerLength);
    if (to < 0) {
      return false;
    }
    finishHeaders();
    Memory.copy(headers, to, headerLength);
    Memory.faultBarrier();
    return true;
  }

  /** Gives it to the host. */
  void complete(CompletionWriter completions) {
    boolean joined = segments > 1;
    completions.write(
        bufferId,
        joined ? headerLength + payloadLength : frameLength,
        joined ? flags | ReceiveFlags.COALESCED : flags,
        flowTag,
        rssHash,
        vlan,
        split ? headerLength : 0,
        segments,
        joined ? segmentSize : 0);
  }

  private void finishHeaders() {
    long ip = headers + network;
    if (ipv4) {
      Ipv4Header.totalLength(ip, headerLength - network + payloadLength);
      Ipv4Header.writeChecksum(ip);
    } else {
      Ipv6Header.payloadLength(ip, headerLength - network - Ipv6Header.LENGTH + payloadLength);
    }
    long tcp = headers + transport;
    int pseudo = pseudoHeader(ip, headerLength - transport + payloadLength);
    if (partialChecksum) {
      TcpHeader.checksum(tcp, pseudo);
      return;
    }
    TcpHeader.checksum(tcp, 0);
    int sum = Checksum.add(pseudo, Checksum.sum(tcp, headerLength - transport));
    TcpHeader.checksum(tcp, Checksum.finish(Checksum.add(sum, payloadSum)));
  }

  /**
   * The sum of a segment's payload, without a look at it: with a right checksum the whole sums to
   * all ones, so that the payload's share is what header and pseudo-header lack.
   */
  private int payloadSum(ParsedPacket packet) {
    int header = packet.payloadOffset() - packet.transportOffset();
    int pseudo = pseudoHeader(packet.network(), packet.transportLength());
    return Checksum.finish(Checksum.add(pseudo, Checksum.sum(packet.transport(), header)));
  }

  private int pseudoHeader(long ip, int length) {
    return ipv4
        ? Checksum.pseudoHeader4(
            Ipv4Header.source(ip), Ipv4Header.destination(ip), Ipv4Header.PROTOCOL_TCP, length)
        : Checksum.pseudoHeader6(
            Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, length);
  }
}
