package dev.twinpath.userstack.tcp;

/**
 * BBR's model of the path (draft-ietf-ccwg-bbr section 5.5): the greatest delivery rate, the least
 * round trip, how much may be in flight, and how acknowledgments are bunched. Kept from rate
 * samples; what to do with it is {@link BbrCycle}'s and {@link Bbr}'s.
 */
final class BbrModel {
  /** Section 2.8: the share of a round's data that may be lost before the round was too full. */
  static final double LOSS_THRESHOLD = 0.02;

  /** What remains of the short-term bounds after a round with loss. */
  static final double BETA = 0.7;

  /**
   * What was delivered, the loss that is tolerated and the margin of pacing added: without them
   * random loss below the threshold would shrink the bounds a little in each round, until the next
   * probe.
   */
  private static final double TOLERANCE = 1 / ((1 - LOSS_THRESHOLD) * Bbr.MARGIN);

  /** Part of the long-term bound that is left to others. */
  static final double HEADROOM = 0.15;

  private static final int MIN_SEGMENTS = 4;
  private static final int EXTRA_ACKED_ROUNDS = 5;
  private static final int MAX_EXTRA_ACKED_ROUNDS = 31;

  /** As Linux: bunches of up to a tenth of a second are made up for. */
  private static final double MAX_EXTRA_ACKED_SECONDS = 0.1;

  private static final double SECOND = 1e9;

  private BbrModel() {}

  /** Counts round trips: section 5.5.1. */
  static void updateRound(Connection c, BbrState s, RateSample sample) {
    s.windowLimitedThisRound |= c.cwndLimited;
    s.roundStart = sample.priorDelivered >= s.nextRoundDelivered;
    if (s.roundStart) {
      startRound(c, s);
      s.roundCount++;
      s.roundsSinceProbe++;
      s.windowLimited = s.windowLimitedThisRound;
      s.windowLimitedThisRound = false;
    }
  }

  static void startRound(Connection c, BbrState s) {
    s.nextRoundDelivered = c.rate.delivered;
  }

  /** BBRUpdateLatestDeliverySignals, near the beginning of an acknowledgment. */
  static void updateLatest(Connection c, BbrState s, RateSample sample) {
    s.lossRoundStart = false;
    s.latestBandwidth = Math.max(s.latestBandwidth, sample.deliveryRate);
    s.latestInflight = Math.max(s.latestInflight, sample.delivered);
    if (sample.priorDelivered >= s.lossRoundDelivered) {
      s.lossRoundDelivered = c.rate.delivered;
      s.lossRoundStart = true;
    }
  }

  /** BBRAdvanceLatestDeliverySignals, near its end. */
  static void advanceLatest(BbrState s, RateSample sample) {
    if (s.lossRoundStart) {
      s.latestBandwidth = sample.deliveryRate;
      s.latestInflight = sample.delivered;
    }
  }

  /** The greatest rate of this cycle and the one before: section 5.5.5. */
  static void updateMaxBandwidth(BbrState s, RateSample sample) {
    double rate = sample.deliveryRate;
    if (rate > 0 && (rate >= s.maxBandwidth || !sample.appLimited)) {
      s.cycleBandwidth = Math.max(s.cycleBandwidth, rate);
      s.maxBandwidth = Math.max(s.cycleBandwidth, s.previousCycleBandwidth);
    }
  }

  /** A probe for bandwidth is over; a cycle without a sample does not make us forget. */
  static void advanceMaxBandwidth(BbrState s) {
    if (s.cycleBandwidth > 0) {
      s.previousCycleBandwidth = s.cycleBandwidth;
      s.cycleBandwidth = 0;
      s.maxBandwidth = s.previousCycleBandwidth;
    }
  }

  /** Once per round with loss, unless we probe: section 5.5.10.3. */
  static void adaptLow(Connection c, BbrState s) {
    boolean probing =
        s.phase == BbrState.Phase.STARTUP
            || s.phase == BbrState.Phase.PROBE_REFILL
            || s.phase == BbrState.Phase.PROBE_UP;
    if (!s.lossRoundStart) {
      return;
    }
    if (s.lossInRound && !probing) {
      double bandwidth = s.bandwidthLow == Double.MAX_VALUE ? s.maxBandwidth : s.bandwidthLow;
      long inflight = s.inflightLow == BbrState.UNBOUNDED ? c.cwnd : s.inflightLow;
      double kept = Math.min(bandwidth, s.latestBandwidth * TOLERANCE);
      s.bandwidthLow = Math.max(Math.max(s.latestBandwidth, kept), BETA * bandwidth);
      long keptInflight = Math.min(inflight, (long) (s.latestInflight * TOLERANCE));
      s.inflightLow = Math.max(Math.max(s.latestInflight, keptInflight), (long) (BETA * inflight));
    }
    s.lossInRound = false;
  }

  /** What was acknowledged beyond what the rate explains: section 5.5.9. */
  static void updateAggregation(Connection c, BbrState s, RateSample sample, long now) {
    // By the greatest rate: by one that shrinks meanwhile, all that came before would be extra.
    long expected = (long) (s.maxBandwidth * (now - s.extraAckedNanos) / SECOND);
    if (s.extraAckedDelivered <= expected) {
      s.extraAckedDelivered = 0;
      s.extraAckedNanos = now;
      expected = 0;
    }
    s.extraAckedDelivered += sample.newlyDelivered;
    if (s.roundStart) {
      s.extraAckedRounds = Math.min(s.extraAckedRounds + 1, MAX_EXTRA_ACKED_ROUNDS);
      if (s.extraAckedRounds >= (s.filled ? EXTRA_ACKED_ROUNDS : 1)) {
        s.extraAckedRounds = 0;
        s.extraAckedIndex ^= 1;
        s.extraAckedWindow[s.extraAckedIndex] = 0;
      }
    }
    long extra = Math.min(s.extraAckedDelivered - expected, c.cwnd);
    int index = s.extraAckedIndex;
    s.extraAckedWindow[index] = Math.max(s.extraAckedWindow[index], extra);
    long most = (long) (s.maxBandwidth * MAX_EXTRA_ACKED_SECONDS);
    s.extraAcked = Math.min(most, Math.max(s.extraAckedWindow[0], s.extraAckedWindow[1]));
  }

  /** BBRBoundBWForModel. */
  static void boundBandwidth(BbrState s) {
    s.bandwidth = Math.min(s.maxBandwidth, s.bandwidthLow);
  }

  /** A multiple of what fills the pipe; the window we have while the round trip is unknown. */
  static long product(Connection c, BbrState s, double bandwidth, double gain) {
    if (s.minRtt == BbrState.UNBOUNDED) {
      return c.cwnd;
    }
    return (long) (gain * bandwidth * s.minRtt / SECOND);
  }

  /** The same, and enough to keep packets of the size in use flowing: section 5.6.4.2. */
  static long inflight(Connection c, BbrState s, double bandwidth, double gain, int quantum) {
    return budget(c, s, product(c, s, bandwidth, gain), quantum);
  }

  static long budget(Connection c, BbrState s, long inflight, int quantum) {
    long enough = Math.max(Math.max(inflight, 3L * quantum), leastWindow(c));
    return s.phase == BbrState.Phase.PROBE_UP ? enough + 2L * c.mss : enough;
  }

  /**
   * Bytes in flight, those taken out that the NIC still holds for their departure: by then as much
   * of the others will have been delivered (Linux, {@code bbr_packets_in_net_at_edt}).
   */
  static long inNetwork(Connection c, BbrState s, long now) {
    return Math.max(0, c.pipe() - (long) (s.bandwidth * c.pacer.ahead(now) / SECOND));
  }

  /** BBRMinPipeCwnd. */
  static long leastWindow(Connection c) {
    return (long) MIN_SEGMENTS * c.mss;
  }

  /** The long-term bound less what is left to others. */
  static long inflightWithHeadroom(Connection c, BbrState s) {
    if (s.inflightHigh == BbrState.UNBOUNDED) {
      return BbrState.UNBOUNDED;
    }
    long headroom = Math.max(c.mss, (long) (HEADROOM * s.inflightHigh));
    return Math.max(s.inflightHigh - headroom, leastWindow(c));
  }

  /** Whether so much was lost of what was in flight that it was too much. */
  static boolean isTooHigh(long lost, long inflightAtSend) {
    return lost > inflightAtSend * LOSS_THRESHOLD;
  }

  /**
   * How much was in flight when losses passed the threshold, within the packet that was lost
   * (BBRInflightAtLoss, section 5.5.10.2).
   */
  static long inflightAtLoss(long inflightAtSend, long lost, long size) {
    long before = Math.max(0, inflightAtSend - size);
    long lostBefore = Math.max(0, lost - size);
    double prefix = (LOSS_THRESHOLD * before - lostBefore) / (1 - LOSS_THRESHOLD);
    return before + Math.max(0, (long) prefix);
  }
}
