package dev.twinpath.userstack.tcp;

/**
 * A window that was not used says nothing of the path (RFC 2861; RFC 5681 section 4.1; Linux's
 * tcp_slow_start_after_idle): after a pause it halves for every RTO down to the initial window, and
 * while the application uses only a part of it, it decays towards that part. The threshold
 * remembers what it was. Congestion controls with a model of the path look after that themselves.
 */
final class WindowValidation {
  private final TcpStack stack;
  private final boolean on;

  WindowValidation(TcpStack stack) {
    this.stack = stack;
    on = stack.config.slowStartAfterIdle();
  }

  /** New data is about to leave while nothing is outstanding. */
  void afterIdle(Connection c) {
    long idle = stack.now - c.lastSentNanos;
    if (!on || c.rate != null || idle <= c.rto || c.lastSentNanos == 0) {
      return;
    }
    final long least = Math.min(initialWindow(c), c.cwnd);
    c.ssthresh = currentThreshold(c);
    while ((idle -= c.rto) > 0 && c.cwnd > least) {
      c.cwnd /= 2;
    }
    c.cwnd = Math.max(c.cwnd, least);
    c.windowUsedNanos = stack.now;
    c.windowUsed = 0;
  }

  /** Data left. */
  void afterSending(Connection c) {
    if (c.cwndLimited) {
      c.windowUsed = 0;
      c.windowUsedNanos = stack.now;
      return;
    }
    c.windowUsed = Math.max(c.windowUsed, c.outstanding());
    if (on && c.rate == null && stack.now - c.windowUsedNanos >= c.rto) {
      decay(c);
    }
  }

  private void decay(Connection c) {
    if (c.recovery == TransmissionControlBlock.OPEN) {
      long used = Math.max(c.windowUsed, initialWindow(c));
      if (used < c.cwnd) {
        c.ssthresh = currentThreshold(c);
        c.cwnd = (c.cwnd + used) / 2;
      }
      c.windowUsed = 0;
    }
    c.windowUsedNanos = stack.now;
  }

  /** Three quarters of the window, so that slow start brings it back soon. */
  private static long currentThreshold(Connection c) {
    return Math.max(c.ssthresh, c.cwnd / 2 + c.cwnd / 4);
  }

  private long initialWindow(Connection c) {
    return (long) stack.config.initialWindowSegments() * c.mss;
  }
}
