package dev.twinpath.userstack.tcp;

/**
 * The pacing of one connection: when its next packet departs, and how large it may be. A connection
 * that is not paced has none.
 *
 * <p>Each packet gets an earliest departure time, until which the NIC holds it (Linux's {@code
 * tcp_wstamp_ns} and fq). No packet is handed over more than {@link #HORIZON} ahead: beyond that
 * the connection waits for its timer, so that the transmit ring is not full of what waits.
 */
final class Pacer {
  /** How far ahead packets are handed to the NIC, which must hold at least that. */
  static final long HORIZON = 2_000_000L;

  /** How far ahead the last packet still is when the timer fires: more than the wheel's tick. */
  private static final long REFILL = 1_000_000L;

  /**
   * How much lateness of our own is made up for: longer pauses would become bursts that no buffer
   * was made for.
   */
  private static final long MAX_OWED = 10_000_000L;

  /** As Linux: so many segments of a connection go before it is paced. */
  private static final int UNPACED_SEGMENTS = 10;

  /** tcp_pacing_ss_ratio and tcp_pacing_ca_ratio in percent. */
  private static final int SLOW_START_PERCENT = 200;

  private static final int AVOIDANCE_PERCENT = 120;

  /** tcp_min_tso_segs. */
  private static final int MIN_SEGMENTS = 2;

  /** Below this rate single segments go (Linux's bbr_min_tso_rate), in bytes a second. */
  private static final long SINGLE_SEGMENT_RATE = 1_200_000L / 8;

  /** sk_pacing_shift: a packet takes 2^-10 s at most. */
  private static final int RATE_SHIFT = 10;

  /** tcp_tso_rtt_log: with a round trip of less than 2^9 us packets are as long as they may be. */
  private static final int RTT_SHIFT = 9;

  private static final double SECOND = 1e9;

  /** Bytes a second; 0 = not known yet, nothing waits. */
  private double rate;

  /** SO_MAX_PACING_RATE, bytes a second. */
  private long maximum = Long.MAX_VALUE;

  /** When the next packet may depart. */
  private long next;

  /** When the last departed or departs. */
  private long last;

  private long stamp;

  /** Only the departure of its next packet keeps the connection from sending. */
  private boolean waiting;

  /** The time of the turn that ended such a wait and sends what has become due. */
  private long resumed = Long.MIN_VALUE;

  /** Takes over from a connection that was not paced, whose packets were stamped up to a time. */
  Pacer(long stamp) {
    this.stamp = stamp;
  }

  /** Bytes a second now; 0 = without limit. */
  double rate() {
    double least = Math.min(rate == 0 ? Double.MAX_VALUE : rate, maximum);
    return least >= Long.MAX_VALUE ? 0 : least;
  }

  /** Sets what the congestion control wants, in bytes a second. */
  void rate(double bytesPerSecond) {
    rate = Math.max(bytesPerSecond, 1);
  }

  /** Sets the bound, in bytes a second; Long.MAX_VALUE for none. */
  void maximum(long bytesPerSecond) {
    maximum = bytesPerSecond;
  }

  long maximum() {
    return maximum;
  }

  /** For a window without a rate of its own: somewhat faster than a window per round trip. */
  void follow(Connection c) {
    if (c.srtt > 0) {
      int percent = c.cwnd < c.ssthresh / 2 ? SLOW_START_PERCENT : AVOIDANCE_PERCENT;
      rate(Math.max(c.cwnd, c.pipe()) * SECOND / c.srtt * percent / 100);
    }
  }

  /** Whether the next packet would depart too far ahead to be handed over now. */
  boolean mustWait(long now) {
    return next - now > HORIZON;
  }

  /** There is something to send, and {@link #mustWait} alone is why it stays. */
  void await() {
    waiting = true;
  }

  /** Something else keeps the connection from sending: what passes now is not owed to it. */
  void rest() {
    waiting = false;
    resumed = Long.MIN_VALUE;
  }

  /** When to look again after {@link #mustWait}. */
  long wakeUp() {
    return next - REFILL;
  }

  /** How long what was handed over last still waits. */
  long ahead(long now) {
    return Math.max(0, last - now);
  }

  /** When packets behind the last may depart. */
  long last() {
    return last;
  }

  /**
   * A packet leaves: moves the next one's departure on by the time that this one takes. Where the
   * connection waited for its departure and for nothing else, and its thread came by late, all that
   * was due meanwhile leaves now, up to {@link #MAX_OWED}: Linux's timer is on time, ours is as
   * late as the loop, and a congestion control that paces at the rate it measures would follow each
   * loss of time down. Else half of the packet's time at most is made up for (Linux, {@code
   * tcp_update_skb_after_send}).
   *
   * @return when it departs, no earlier than now
   */
  long depart(Connection c, int length, long now) {
    if (waiting) {
      waiting = false;
      resumed = now;
      next = Math.max(next, now - MAX_OWED);
    }
    long departure = Math.max(next, now);
    double current = rate();
    if (current > 0 && c.sndNxt - c.iss > (long) UNPACED_SEGMENTS * c.mss) {
      long takes = (long) (length * SECOND / current);
      if (resumed == now) {
        next += takes;
      } else {
        next = departure + takes - Math.min(takes / 2, departure - next);
      }
    } else {
      next = departure;
    }
    last = departure;
    return departure;
  }

  /** A time for RACK's order: the departure, later than any before. */
  long stamp(long departure) {
    stamp = Math.max(departure, stamp + 1);
    return stamp;
  }

  /**
   * Bytes of a packet: about what leaves in a millisecond, more over short round trips (Linux,
   * {@code tcp_tso_autosize}).
   */
  int burst(Connection c, int maxTso) {
    double current = rate();
    if (current == 0) {
      return maxTso;
    }
    long bytes = (long) current >> RATE_SHIFT;
    long shift = c.minRtt / 1_000 >> RTT_SHIFT;
    if (c.minRtt > 0 && shift < Integer.SIZE) {
      bytes += maxTso >> shift;
    }
    int least = current < SINGLE_SEGMENT_RATE ? 1 : MIN_SEGMENTS;
    long segments = Math.max(Math.min(bytes, maxTso) / c.mss, least);
    return (int) Math.min(segments * c.mss, maxTso);
  }
}
