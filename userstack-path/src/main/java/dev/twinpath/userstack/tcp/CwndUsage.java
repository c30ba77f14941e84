package dev.twinpath.userstack.tcp;

/**
 * Whether a connection makes use of its congestion window: one that does not must not let it grow
 * (RFC 7661), but in slow start half of it is use enough, as Linux has it (tcp_cwnd_validate,
 * tcp_is_cwnd_limited). Congestion controls with a model of the path look after idle times
 * themselves.
 */
final class CwndUsage {
  private CwndUsage() {}

  /**
   * RFC 2861: after a silence the window is halved for each RTO of it (Linux's tcp_cwnd_restart).
   */
  static void afterIdle(Connection c, long now) {
    long idle = now - c.lastSentNanos;
    if (c.lastSentNanos == 0 || idle <= c.rto || c.flushedEnd > c.sndUna) {
      return;
    }
    long least = Math.min(initialWindow(c), c.cwnd);
    c.ssthresh = currentThreshold(c);
    long cwnd = c.cwnd;
    for (long left = idle - c.rto; left > 0 && cwnd > least; left -= c.rto) {
      cwnd /= 2;
    }
    c.cwnd = Math.max(cwnd / c.mss * c.mss, least);
    c.congestion.onUnderused(c, now);
    c.cwndUsedNanos = now;
    c.cwndUsed = 0;
  }

  private static long initialWindow(Connection c) {
    return (long) c.stack.config.initialWindowSegments() * c.mss;
  }

  private static long currentThreshold(Connection c) {
    return Math.max(c.ssthresh, c.cwnd / 2 + c.cwnd / 4);
  }

  /**
   * Notes how a turn of sending ended.
   *
   * @param limited whether the congestion window ended it
   */
  static void validate(Connection c, boolean limited, long now) {
    long out = c.outstanding();
    if (c.sndUna >= c.cwndUsageEnd || limited || (!c.cwndLimited && out > c.greatestFlight)) {
      c.cwndLimited = limited;
      c.greatestFlight = out;
      c.cwndUsageEnd = c.sndNxt;
    }
    if (isLimited(c)) {
      c.cwndUsed = 0;
      c.cwndUsedNanos = now;
    } else {
      c.cwndUsed = Math.max(c.cwndUsed, out);
      if (c.rate == null && c.stack.config.slowStartAfterIdle() && now - c.cwndUsedNanos >= c.rto) {
        applicationLimited(c, now);
      }
    }
  }

  /** Of a window that was not filled for an RTO, half of what was not used goes. */
  private static void applicationLimited(Connection c, long now) {
    long used = Math.max(c.cwndUsed, initialWindow(c));
    if (c.recovery == TransmissionControlBlock.OPEN && used < c.cwnd) {
      c.ssthresh = currentThreshold(c);
      c.cwnd = (c.cwnd + used) / 2;
    }
    c.cwndUsed = 0;
    c.cwndUsedNanos = now;
  }

  /** Whether an acknowledgment may let the window grow. */
  static boolean isLimited(Connection c) {
    return c.cwndLimited || (c.cwnd < c.ssthresh && c.cwnd < 2 * c.greatestFlight);
  }
}
