package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import java.lang.foreign.Arena;

/**
 * Receive coalescing: in-order TCP segments of a flow become one packet, so that the host looks at
 * one header instead of forty (Linux: GRO, tcp_gro_receive in net/ipv4/tcp_offload.c; Microsoft:
 * "Rules for coalescing TCP/IP segments").
 *
 * <p>Joined are segments with data and no flags but ACK and PSH, right checksums, no IP options or
 * extension headers, equal headers but for sequence number, length and identification, and of one
 * size, of which only the last may be shorter. The first segment's buffer receives the others'
 * payload and is kept back until something ends the packet ({@link FlushCause}). Whatever of the
 * flow is not joined makes the packet go first: within a flow the order never changes.
 *
 * <p>A fixed number of packets is open at a time; the one that was not touched for longest makes
 * room. One thread.
 */
public final class ReceiveCoalescing {
  /** What became of an offered frame: the host gets it alone, after what was kept of its flow. */
  public static final int PASS = 0;

  /** It may be the first of several: the device puts it into a buffer and says {@link #place}. */
  public static final int FIRST = 1;

  /** Its payload is behind that of its flow's packet: nothing is left to do. */
  public static final int JOINED = 2;

  private final JoinedPacket[] open;
  private final JoinedPacket[] free;
  private final int maxSegments;
  private final long flushNanos;
  private final HostMemory memory;
  private final CompletionWriter completions;
  private final CoalescingCounters counters;
  private int opened;
  private long offered;

  /** The packet whose memory is being written: the one that is lost with it. */
  private JoinedPacket busy;

  /**
   * @param flows the most packets that are open at a time, from 1
   * @param maxSegments the most segments of one, from 2
   * @param flushNanos how long one waits at most; 0 = until the end of the batch
   * @param memory the buffers' memory
   * @param completions where they go
   */
  public ReceiveCoalescing(
      Arena arena,
      int flows,
      int maxSegments,
      long flushNanos,
      HostMemory memory,
      CompletionWriter completions,
      CoalescingCounters counters) {
    this.open = new JoinedPacket[flows];
    this.free = new JoinedPacket[flows];
    this.maxSegments = maxSegments;
    this.flushNanos = flushNanos;
    this.memory = memory;
    this.completions = completions;
    this.counters = counters;
    long headers = arena.allocate((long) flows * JoinedPacket.HEADER_SPACE, 64).address();
    for (int i = 0; i < flows; i++) {
      free[i] = new JoinedPacket(headers + (long) i * JoinedPacket.HEADER_SPACE);
    }
  }

  /** How many packets are kept back: completions that are still to come. */
  public int open() {
    return opened;
  }

  /**
   * Offers a received frame, which lies anywhere.
   *
   * @param flags {@link ReceiveFlags}
   * @param flowTag the completion's, as the next two
   * @param partialChecksum whether only the pseudo-header's sum stands in its checksum field
   * @param uncut whether it is several segments already
   * @param nowNanos the host's clock
   * @return {@link #PASS}, {@link #FIRST} or {@link #JOINED}
   */
  public int offer(
      ParsedPacket packet,
      int flags,
      int flowTag,
      int rssHash,
      int vlan,
      boolean partialChecksum,
      boolean uncut,
      long nowNanos) {
    if (!packet.isTcp()) {
      if (opened > 0 && mayBeTcp(packet)) {
        flushAddressesOf(packet);
      }
      return PASS;
    }
    offered++;
    int at = find(packet);
    FlushCause obstacle = obstacle(packet, flags, uncut);
    if (at >= 0) {
      JoinedPacket joined = open[at];
      if (obstacle == null) {
        obstacle = joined.refuses(packet, flags, flowTag, vlan, partialChecksum);
        if (obstacle == null) {
          return join(at, joined, packet) ? JOINED : PASS;
        }
        flush(at, obstacle);
        obstacle = null;
      } else {
        flush(at, obstacle);
      }
    }
    boolean push = (TcpHeader.flags(packet.transport()) & TcpHeader.PSH) != 0;
    if (obstacle != null || push) {
      return PASS;
    }
    if (opened == open.length) {
      flush(leastRecent(), FlushCause.PRESSURE);
    }
    JoinedPacket first = free[opened];
    first.begin(packet, flags, flowTag, rssHash, vlan, partialChecksum);
    first.since = nowNanos;
    first.touched = offered;
    return FIRST;
  }

  /**
   * The frame that was {@link #FIRST} lies in this buffer, whose completion is kept back. Without
   * this call it is as if it had been {@link #PASS}.
   *
   * @param headerRegion of the buffer for its headers, negative when they stand before the payload
   */
  public void place(
      int bufferId, int region, long offset, int capacity, int headerRegion, long headerOffset) {
    JoinedPacket first = free[opened];
    first.place(bufferId, region, offset, capacity, headerRegion, headerOffset);
    open[opened++] = first;
  }

  /** Why a TCP packet is never joined with any; null when it may be. */
  private static FlushCause obstacle(ParsedPacket packet, int flags, boolean uncut) {
    int good = ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;
    if ((flags & good) != good) {
      return FlushCause.CHECKSUM;
    }
    int tcpFlags = TcpHeader.flags(packet.transport());
    if ((tcpFlags & ~TcpHeader.PSH) != TcpHeader.ACK || packet.payloadLength() == 0) {
      return FlushCause.FLAGS;
    }
    boolean plain =
        packet.isIpv4()
            ? packet.transportOffset() - packet.networkOffset() == Ipv4Header.MIN_LENGTH
            : !packet.hasExtensions();
    boolean known = packet.payloadOffset() <= JoinedPacket.MAX_HEADERS;
    return plain && known && !uncut ? null : FlushCause.HEADERS;
  }

  /** Whether a packet without a TCP header may nevertheless be a piece of a flow. */
  private static boolean mayBeTcp(ParsedPacket packet) {
    return packet.isIp()
        && (packet.isFragment()
            || packet.isMalformed()
            || packet.protocol() == Ipv4Header.PROTOCOL_TCP);
  }

  private void flushAddressesOf(ParsedPacket packet) {
    int at = 0;
    while (at < opened) {
      if (open[at].hasAddressesOf(packet)) {
        flush(at, FlushCause.HEADERS);
      } else {
        at++;
      }
    }
  }

  private int find(ParsedPacket packet) {
    for (int at = 0; at < opened; at++) {
      if (open[at].isFlowOf(packet)) {
        return at;
      }
    }
    return -1;
  }

  private int leastRecent() {
    int least = 0;
    for (int at = 1; at < opened; at++) {
      if (open[at].touched < open[least].touched) {
        least = at;
      }
    }
    return least;
  }

  private boolean join(int at, JoinedPacket joined, ParsedPacket packet) {
    int length = packet.payloadLength();
    boolean push = (TcpHeader.flags(packet.transport()) & TcpHeader.PSH) != 0;
    joined.touched = offered;
    busy = joined;
    boolean appended = joined.append(packet, memory);
    busy = null;
    if (!appended) {
      abandon(at);
      return false;
    }
    counters.copiedBytes += length;
    if (push) {
      flush(at, FlushCause.PSH);
    } else if (joined.isShort(length)) {
      flush(at, FlushCause.SIZE);
    } else if (joined.segments() == maxSegments) {
      flush(at, FlushCause.FULL);
    }
    return true;
  }

  private void flush(int at, FlushCause cause) {
    JoinedPacket packet = open[at];
    remove(at);
    counters.flushes[cause.ordinal()]++;
    if (packet.segments() > 1) {
      busy = packet;
      boolean written = packet.writeHeaders(memory);
      busy = null;
      if (!written) {
        counters.abandoned++;
        completions.refuse(packet.bufferId());
        return;
      }
      counters.packets++;
      counters.segments += packet.segments();
    }
    packet.complete(completions);
  }

  /** Those that are open stay in the order in which they were opened. */
  private void remove(int at) {
    JoinedPacket packet = open[at];
    opened--;
    System.arraycopy(open, at + 1, open, at, opened - at);
    open[opened] = null;
    free[opened] = packet;
  }

  private void abandon(int at) {
    JoinedPacket packet = open[at];
    remove(at);
    counters.abandoned++;
    completions.refuse(packet.bufferId());
  }

  /**
   * A fault in memory was caught, perhaps while a packet was written: that one is lost, and its
   * buffer given back.
   */
  public void onFault() {
    JoinedPacket lost = busy;
    if (lost == null) {
      return;
    }
    busy = null;
    for (int at = 0; at < opened; at++) {
      if (open[at] == lost) {
        abandon(at);
        return;
      }
    }
    counters.abandoned++;
    completions.refuse(lost.bufferId());
  }

  /** The device has nothing more to do for now: what waited long enough goes to the host. */
  public void endOfBatch(long nowNanos) {
    while (opened > 0 && nowNanos - open[0].since >= flushNanos) {
      flush(0, FlushCause.TIME);
    }
  }

  /** Everything goes to the host. */
  public void flushAll(FlushCause cause) {
    while (opened > 0) {
      flush(0, cause);
    }
  }

  /** When {@link #endOfBatch} has to be called at the latest; {@link Long#MAX_VALUE} for never. */
  public long nextDeadlineNanos() {
    return opened == 0 ? Long.MAX_VALUE : open[0].since + flushNanos;
  }
}
