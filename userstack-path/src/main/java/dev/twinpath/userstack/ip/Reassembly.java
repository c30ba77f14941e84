package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;

/**
 * Puts fragmented datagrams together again: IPv4 (RFC 791, RFC 815) and IPv6 (RFC 8200 section
 * 4.5). A fragment that overlaps another without being a copy of what is there gives the whole
 * datagram up (RFC 5722), for IPv4 too.
 *
 * <p>Bounded, whatever comes: memory as a whole (when it is full the oldest datagram makes room, so
 * that a flood shortens how long others may take, and stops nobody), {@link #MAX_PER_SOURCE}
 * datagrams of one source, 65535 bytes a datagram, a time from the first fragment on. Nothing is
 * allocated once as many datagrams have been in work as ever are.
 */
final class Reassembly implements AutoCloseable {
  /** Datagrams of one source that may be incomplete at once: Linux's ipfrag_max_dist. */
  static final int MAX_PER_SOURCE = 64;

  /** Blocks that one datagram may take: of 65535 bytes in the least pieces that make sense. */
  static final int MAX_BLOCKS = 256;

  private static final long TIMEOUT_4 = 30_000_000_000L;
  private static final long TIMEOUT_6 = 60_000_000_000L;
  private static final int BLOCK_SHIFT = 11;
  private static final int BUCKETS = 1024;
  private static final int MAX_PACKET = 65535;
  private static final int CONGESTION_EXPERIENCED = 3;

  /** The packet that {@link #result} puts together, with the greatest header in front. */
  private static final int ROOM = 1 << 17;

  /** Told of what is given up for time when its first fragment has come. */
  @FunctionalInterface
  interface TimeoutListener {
    /**
     * Not all fragments came.
     *
     * @param packet the beginning of the first fragment's packet
     * @param length how much of it there is
     */
    void onTimeout(long packet, int length, boolean v4, long nowNanos);
  }

  private final TimerWheel wheel;
  private final StackCounters counters;
  private final TimeoutListener listener;
  private final BlockPool pool;
  private final int[] next;
  private final int[] offset;
  private final int[] length;
  private final PartialDatagram[] buckets = new PartialDatagram[BUCKETS];
  private final PartialDatagram[] free;
  private int freeCount;
  private int count;
  private PartialDatagram oldest;
  private PartialDatagram youngest;
  private final long secret;
  private final long whole;

  /**
   * Creates an empty table.
   *
   * @param maxBytes bound of what all fragments may take
   * @param secret not to be guessed by who sends packets
   */
  Reassembly(
      TimerWheel wheel,
      StackCounters counters,
      int maxBytes,
      long secret,
      TimeoutListener listener) {
    this.wheel = wheel;
    this.counters = counters;
    this.listener = listener;
    this.secret = secret;
    pool = new BlockPool(BLOCK_SHIFT, maxBytes);
    int blocks = (int) (pool.size() >> BLOCK_SHIFT);
    next = new int[blocks];
    offset = new int[blocks];
    length = new int[blocks];
    free = new PartialDatagram[blocks];
    whole = BlockPool.map(ROOM);
  }

  /** Datagrams in work, those given up included. */
  int size() {
    return count;
  }

  /** Bytes that fragments take now. */
  long bytes() {
    return (long) pool.taken() << BLOCK_SHIFT;
  }

  /** Where the packet is that was put together last: its IP header. */
  long result() {
    return whole;
  }

  /**
   * A fragment of an IPv4 datagram came, its header checked.
   *
   * @return bytes of the packet at {@link #result}, a new header in front; 0 = it is not complete
   */
  int add4(long ip, long nowNanos) {
    counters.increment(StackCounter.IP_REASM_REQUESTS);
    int header = Ipv4Header.headerLength(ip);
    int flags = Ipv4Header.flagsAndFragment(ip);
    int at = (flags & Ipv4Header.FRAGMENT_OFFSET_MASK) << 3;
    boolean more = (flags & Ipv4Header.MORE_FRAGMENTS) != 0;
    int size = Ipv4Header.totalLength(ip) - header;
    if (more) {
      // As Linux: a piece that is not the last counts in units of eight bytes.
      size &= ~7;
    }
    if (size == 0 || header + at + size > MAX_PACKET) {
      counters.increment(StackCounter.IP_REASM_FAILS);
      return 0;
    }
    PartialDatagram d =
        datagram(
            0,
            IpAddress.mapped(Ipv4Header.source(ip)),
            0,
            IpAddress.mapped(Ipv4Header.destination(ip)),
            Ipv4Header.identification(ip),
            Ipv4Header.protocol(ip),
            nowNanos);
    int ecn = Ipv4Header.typeOfService(ip) & 3;
    if (d == null || !add(d, ip, ip + header, at, size, more, ecn)) {
      return 0;
    }
    return d.buffer.isComplete() ? finish4(d) : 0;
  }

  /**
   * A fragment of an IPv6 datagram came; it is no atomic one.
   *
   * @param ip the IPv6 header
   * @param fragment the fragment header
   * @param nextHeaderAt where, from the IPv6 header, the number is that says that it follows
   * @param end where the packet ends
   * @return bytes of the packet at {@link #result}, without fragment header; 0 = not complete
   */
  int add6(long ip, long fragment, int nextHeaderAt, long end, long nowNanos) {
    counters.increment(StackCounter.IP6_REASM_REQUESTS);
    long data = fragment + 8;
    int field = Memory.getShortBE(fragment + 2);
    int at = field & ~7;
    boolean more = (field & 1) != 0;
    int size = (int) (end - data);
    if (size == 0 || at + size > MAX_PACKET || more && (size & 7) != 0) {
      counters.increment(StackCounter.IP6_REASM_FAILS);
      return 0;
    }
    PartialDatagram d =
        datagram(
            Memory.getLongBE(Ipv6Header.source(ip)),
            Memory.getLongBE(Ipv6Header.source(ip) + 8),
            Memory.getLongBE(Ipv6Header.destination(ip)),
            Memory.getLongBE(Ipv6Header.destination(ip) + 8),
            Memory.getIntBE(fragment + 4),
            0,
            nowNanos);
    if (d == null || !add(d, ip, data, at, size, more, Ipv6Header.trafficClass(ip) & 3)) {
      return 0;
    }
    if (at == 0) {
      d.headerLength = (int) (fragment - ip);
      d.nextHeaderAt = nextHeaderAt;
      d.nextHeader = Memory.getByte(fragment);
    }
    return d.buffer.isComplete() ? finish6(d) : 0;
  }

  private boolean add(
      PartialDatagram d, long ip, long data, int at, int size, boolean more, int ecn) {
    boolean v4 = d.isV4();
    if (d.dead) {
      fail(v4);
      return false;
    }
    ReassemblyBuffer.Result result = d.buffer.add(data, at, size, more);
    PartialDatagram other;
    while (result == ReassemblyBuffer.Result.NO_MEMORY
        && (other = oldest == d ? d.younger : oldest) != null) {
      evict(other);
      result = d.buffer.add(data, at, size, more);
    }
    switch (result) {
      case ADDED:
        break;
      case DUPLICATE:
        return false;
      case OVERLAP:
        counters.increment(v4 ? StackCounter.IP_REASM_OVERLAPS : StackCounter.IP6_REASM_OVERLAPS);
        giveUp(d);
        return false;
      default:
        giveUp(d);
        return false;
    }
    d.ecn |= 1 << ecn;
    if (at == 0) {
      d.headerLength = (int) (data - ip);
      d.buffer.quote(ip, (int) (data - ip) + size);
    }
    return true;
  }

  private int finish4(PartialDatagram d) {
    int header = d.headerLength;
    int total = header + d.buffer.total();
    if (total > MAX_PACKET || isEcnMixed(d.ecn)) {
      giveUp(d);
      return 0;
    }
    Memory.copy(d.buffer.quoteAddress(), whole, header);
    d.buffer.copyTo(whole + header);
    Ipv4Header.totalLength(whole, total);
    Memory.putShortBE(whole + 6, 0);
    if (isMarked(d.ecn)) {
      Memory.putByte(whole + 1, Ipv4Header.typeOfService(whole) | CONGESTION_EXPERIENCED);
    }
    Ipv4Header.writeChecksum(whole);
    counters.increment(StackCounter.IP_REASM_OKS);
    remove(d);
    return total;
  }

  private int finish6(PartialDatagram d) {
    int header = d.headerLength;
    int total = header + d.buffer.total();
    if (total - Ipv6Header.LENGTH > MAX_PACKET || isEcnMixed(d.ecn)) {
      giveUp(d);
      return 0;
    }
    Memory.copy(d.buffer.quoteAddress(), whole, header);
    d.buffer.copyTo(whole + header);
    Ipv6Header.payloadLength(whole, total - Ipv6Header.LENGTH);
    Memory.putByte(whole + d.nextHeaderAt, d.nextHeader);
    if (isMarked(d.ecn)) {
      Memory.putByte(whole + 1, Memory.getByte(whole + 1) | CONGESTION_EXPERIENCED << 4);
    }
    counters.increment(StackCounter.IP6_REASM_OKS);
    remove(d);
    return total;
  }

  /** RFC 3168 section 5.3: a mark beside a fragment that could not be marked is a forgery. */
  private static boolean isEcnMixed(int seen) {
    return isMarked(seen) && (seen & 1) != 0;
  }

  private static boolean isMarked(int seen) {
    return (seen & 1 << CONGESTION_EXPERIENCED) != 0;
  }

  // --- the table

  private PartialDatagram datagram(
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int identification,
      int protocol,
      long nowNanos) {
    int bucket = (int) AddressSlots.mix(secret, sourceHigh, sourceLow) & BUCKETS - 1;
    int ofSource = 0;
    PartialDatagram first = null;
    for (PartialDatagram d = buckets[bucket]; d != null; d = d.bucketNext) {
      if (!d.isFrom(sourceHigh, sourceLow)) {
        continue;
      }
      if (d.identification == identification
          && d.protocol == protocol
          && d.destinationLow == destinationLow
          && d.destinationHigh == destinationHigh) {
        return d;
      }
      // New ones stand in front: the last that is seen is the source's oldest.
      ofSource++;
      first = d;
    }
    if (ofSource >= MAX_PER_SOURCE) {
      counters.increment(StackCounter.REASM_SOURCE_LIMIT);
      evict(first);
    }
    PartialDatagram d = create();
    d.sourceHigh = sourceHigh;
    d.sourceLow = sourceLow;
    d.destinationHigh = destinationHigh;
    d.destinationLow = destinationLow;
    d.identification = identification;
    d.protocol = protocol;
    d.bucket = bucket;
    d.bucketNext = buckets[bucket];
    buckets[bucket] = d;
    d.older = youngest;
    if (youngest == null) {
      oldest = d;
    } else {
      youngest.younger = d;
    }
    youngest = d;
    wheel.armNoLaterThan(d, nowNanos + (d.isV4() ? TIMEOUT_4 : TIMEOUT_6));
    return d;
  }

  private PartialDatagram create() {
    while (pool.available() == 0 || count == free.length) {
      evict(oldest);
    }
    PartialDatagram d;
    if (freeCount > 0) {
      d = free[--freeCount];
    } else {
      d = new PartialDatagram(this, new ReassemblyBuffer(pool, next, offset, length));
    }
    d.buffer.open();
    d.dead = false;
    d.ecn = 0;
    d.headerLength = 0;
    count++;
    return d;
  }

  /** Throws away what came, and what comes until the time is over. */
  private void giveUp(PartialDatagram d) {
    fail(d.isV4());
    d.buffer.close();
    d.dead = true;
  }

  private void evict(PartialDatagram d) {
    counters.increment(StackCounter.REASM_EVICTED);
    if (!d.dead) {
      fail(d.isV4());
    }
    remove(d);
  }

  private void fail(boolean v4) {
    counters.increment(v4 ? StackCounter.IP_REASM_FAILS : StackCounter.IP6_REASM_FAILS);
  }

  void onTimeout(PartialDatagram d, long nowNanos) {
    if (!d.dead) {
      boolean v4 = d.isV4();
      counters.increment(v4 ? StackCounter.IP_REASM_TIMEOUTS : StackCounter.IP6_REASM_TIMEOUTS);
      fail(v4);
      if (d.buffer.quoted() > 0) {
        listener.onTimeout(d.buffer.quoteAddress(), d.buffer.quoted(), v4, nowNanos);
      }
    }
    remove(d);
  }

  private void remove(PartialDatagram d) {
    wheel.cancel(d);
    d.buffer.close();
    PartialDatagram before = null;
    for (PartialDatagram x = buckets[d.bucket]; x != d; x = x.bucketNext) {
      before = x;
    }
    if (before == null) {
      buckets[d.bucket] = d.bucketNext;
    } else {
      before.bucketNext = d.bucketNext;
    }
    if (d.older == null) {
      oldest = d.younger;
    } else {
      d.older.younger = d.younger;
    }
    if (d.younger == null) {
      youngest = d.older;
    } else {
      d.younger.older = d.older;
    }
    d.bucketNext = null;
    d.older = null;
    d.younger = null;
    free[freeCount++] = d;
    count--;
  }

  /** Forgets everything and unmaps the memory. */
  @Override
  public void close() {
    while (oldest != null) {
      remove(oldest);
    }
    pool.close();
    dev.twinpath.nic.linux.Linux.munmap(whole, ROOM);
  }
}
