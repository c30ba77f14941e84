package dev.twinpath.userstack.tcp;

/**
 * HyStart++ (RFC 9406): leaves slow start when round trips get longer, before anything is lost.
 * When they do, the window first grows slower for a few rounds (conservative slow start), to find
 * out whether it was for good.
 *
 * <p>Only in the first slow start of a connection, as section 4.3 advises. L, the bound on what one
 * acknowledgment may add, is infinite as in Linux: receivers acknowledge uncut 64 KiB packets with
 * one segment, and with a bound of 8 segments the window would not double per round trip.
 */
final class HyStart {
  private static final long MIN_THRESHOLD = 4_000_000L;
  private static final long MAX_THRESHOLD = 16_000_000L;
  private static final int RTT_DIVISOR = 8;
  private static final int SAMPLES = 8;
  private static final int CONSERVATIVE_DIVISOR = 4;
  private static final int CONSERVATIVE_ROUNDS = 5;
  private static final long INFINITE = Long.MAX_VALUE;

  /** Sequence number with which the round ends. */
  private long roundEnd;

  private long lastRoundMinRtt = INFINITE;
  private long roundMinRtt = INFINITE;
  private int samples;
  private boolean conservative;
  private long baselineMinRtt = INFINITE;
  private int conservativeRounds;

  /** Grows the window for an acknowledgment in slow start; may set the threshold. */
  void onAcknowledged(Connection c, AckEvent event) {
    if (roundEnd == 0) {
      roundEnd = c.sndNxt;
    }
    if (event.rttNanos > 0) {
      roundMinRtt = Math.min(roundMinRtt, event.rttNanos);
      samples++;
    }
    c.cwnd += conservative ? event.delivered / CONSERVATIVE_DIVISOR : event.delivered;
    if (samples >= SAMPLES && lastRoundMinRtt != INFINITE) {
      judge();
    }
    if (c.sndUna >= roundEnd) {
      endRound(c);
    }
  }

  private void judge() {
    if (!conservative) {
      long threshold =
          Math.max(MIN_THRESHOLD, Math.min(lastRoundMinRtt / RTT_DIVISOR, MAX_THRESHOLD));
      if (roundMinRtt >= lastRoundMinRtt + threshold) {
        conservative = true;
        baselineMinRtt = roundMinRtt;
        conservativeRounds = 0;
      }
    } else if (roundMinRtt < baselineMinRtt) {
      // It was jitter: on with slow start.
      conservative = false;
      baselineMinRtt = INFINITE;
    }
  }

  private void endRound(Connection c) {
    if (conservative && ++conservativeRounds >= CONSERVATIVE_ROUNDS) {
      c.ssthresh = c.cwnd;
    }
    lastRoundMinRtt = roundMinRtt;
    roundMinRtt = INFINITE;
    samples = 0;
    roundEnd = c.sndNxt;
  }

  /** Whether the window grows slower to see whether the longer round trips stay. */
  boolean isConservative() {
    return conservative;
  }
}
