package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import java.util.SplittableRandom;

/**
 * SYN cookies (RFC 4987 section 3.6): while a listener's SYN queue is full, nothing is kept of a
 * SYN. Our initial sequence number says what has to be known of it, signed by a keyed hash: the
 * minute in which it was sent and the peer's MSS, rounded down to one of four. What else was agreed
 * stands in the low bits of our timestamp, which comes back in the ACK; without timestamps there is
 * no window scaling, no SACK and no ECN. The same layout as Linux's.
 */
final class SynCookies {
  /** The sizes that are told apart, as many as of IPv6; the most frequent of all is the last. */
  private static final int[] SIZES = {536, 1300, 1440, 1460};

  private static final int[] SIZES_6 = {1220, 1420, 1440, 8940};

  private static final int HASH_BITS = 24;
  private static final int HASH_MASK = (1 << HASH_BITS) - 1;

  /** A cookie is good in the minute of its making and in the next. */
  private static final int AGE = 2;

  private static final long MINUTE = 60_000_000_000L;

  private static final int OPTION_BITS = 6;
  private static final int SCALE = 15;
  private static final int SACK = 16;
  private static final int ECN = 32;

  private final TcpStack stack;
  private final SipHash tuple;
  private final SipHash minutes;

  /** Whether the SYN of the last good cookie agreed to explicit congestion notification. */
  boolean ecn;

  SynCookies(TcpStack stack, SplittableRandom random) {
    this.stack = stack;
    tuple = new SipHash(random.nextLong(), random.nextLong());
    minutes = new SipHash(random.nextLong(), random.nextLong());
  }

  /** Whether a SYN to a listener is to be answered by a cookie. */
  boolean wanted(Listener listener) {
    int when = stack.config.synCookies();
    if (when == 0) {
      return false;
    }
    if (listener.synQueueFull()) {
      stack.counters.increment(StackCounter.SYN_QUEUE_COOKIES);
      return true;
    }
    return when == 2;
  }

  /** Answers a SYN and forgets it. */
  void answer(Listener listener, Segment s, int peerMss) {
    int[] sizes = s.v6 ? SIZES_6 : SIZES;
    int size = sizes.length - 1;
    while (size > 0 && peerMss < sizes[size]) {
      size--;
    }
    StackConfig config = stack.config;
    boolean timestamps = config.timestamps() && s.hasTimestamps;
    boolean sack = timestamps && config.sack() && s.sackPermitted;
    boolean scaling = timestamps && config.windowScaling() && s.windowScale >= 0;
    boolean agreed = timestamps && stack.ecn.agrees(s);
    int offset = stack.opening.timestampOffset(s);
    int options = (scaling ? s.windowScale : SCALE) | (sack ? SACK : 0) | (agreed ? ECN : 0);
    listener.cookieNanos = stack.now;
    stack.counters.increment(StackCounter.SYN_COOKIES_SENT);
    stack.control.synAck(
        s,
        listener.options,
        cookie(s, s.sequence, size),
        agreed,
        sack,
        scaling,
        timestamps,
        stamp(options) + offset);
  }

  /** The last time that is not later than now and has the options in its low bits. */
  private int stamp(int options) {
    long millis = stack.now / 1_000_000L;
    long stamp = millis >> OPTION_BITS << OPTION_BITS | options;
    return (int) (stamp > millis ? stamp - (1 << OPTION_BITS) : stamp);
  }

  /**
   * Takes an ACK that belongs to no connection for the end of a handshake. On success the segment
   * has the options that its SYN had.
   *
   * @return whether it acknowledges a cookie of ours
   */
  boolean check(Listener listener, Segment s) {
    if (stack.config.synCookies() == 0
        || listener.cookieNanos == 0
        || stack.now - listener.cookieNanos > AGE * MINUTE) {
      return false;
    }
    int size = size(s);
    if (size < 0) {
      stack.counters.increment(StackCounter.SYN_COOKIES_FAILED);
      return false;
    }
    stack.counters.increment(StackCounter.SYN_COOKIES_RECEIVED);
    s.mss = (s.v6 ? SIZES_6 : SIZES)[size];
    s.windowScale = -1;
    s.sackPermitted = false;
    ecn = false;
    if (s.hasTimestamps && stack.config.timestamps() && s.timestampEcho != 0) {
      int options = s.timestampEcho - stack.opening.timestampOffset(s);
      s.sackPermitted = (options & SACK) != 0;
      if ((options & SCALE) != SCALE) {
        s.windowScale = options & SCALE;
      }
      ecn = (options & ECN) != 0;
    }
    return true;
  }

  private int cookie(Segment s, int sequence, int data) {
    int minute = minute();
    return (int) hash(tuple, s, 0)
        + sequence
        + (minute << HASH_BITS)
        + ((int) hash(minutes, s, minute) + data & HASH_MASK);
  }

  /** The number of the size in the cookie that a segment acknowledges, -1 if it is none. */
  private int size(Segment s) {
    int left = s.acknowledgment - 1 - (s.sequence - 1) - (int) hash(tuple, s, 0);
    int minute = minute();
    int age = minute - (left >>> HASH_BITS) & 0xff;
    if (age >= AGE) {
      return -1;
    }
    int data = left - (int) hash(minutes, s, minute - age) & HASH_MASK;
    return data < SIZES.length ? data : -1;
  }

  private int minute() {
    return (int) (stack.now / MINUTE);
  }

  private static long hash(SipHash hash, Segment s, int minute) {
    return hash.begin()
        .add(s.destinationHigh)
        .add(s.destinationLow)
        .add(s.sourceHigh)
        .add(s.sourceLow)
        .add((long) minute << 32 | (long) s.destinationPort << 16 | s.sourcePort)
        .end();
  }
}
