package dev.twinpath.userstack.tcp;

/**
 * CUBIC (RFC 9438): in congestion avoidance the window follows a cubic function of the time since
 * the last reduction, fast towards the window where the loss was, flat around it, then fast again;
 * never slower than Reno. Slow start is that of {@link HyStart}.
 */
final class Cubic implements CongestionControl {
  /** C of section 5, in segments per cubic second. */
  private static final double C = 0.4;

  private static final double BETA = 0.7;

  /** alpha_cubic of section 4.3: with BETA it makes W_est as fast as Reno on average. */
  private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

  private static final double NANOS = 1e9;

  /**
   * A window of less says too little of round trips to end slow start (Linux's hystart_low_window);
   * so small a connection needs no state either.
   */
  private static final int LEAST_JUDGED = 16;

  @Override
  public String name() {
    return "cubic";
  }

  private static CubicState state(Connection c) {
    if (!(c.congestionState instanceof CubicState)) {
      c.congestionState = new CubicState();
    }
    return (CubicState) c.congestionState;
  }

  @Override
  public long slowStartThreshold(Connection c) {
    CubicState s = state(c);
    s.save();
    // Section 4.7, fast convergence: a window that is smaller than the last time makes room for
    // flows that came since.
    s.windowMax = c.cwnd < s.windowMax ? c.cwnd * (1 + BETA) / 2 : c.cwnd;
    s.priorWindow = c.cwnd;
    s.epoch = 0;
    return Math.max((long) (c.cwnd * BETA), 2L * c.mss);
  }

  @Override
  public void onTimeout(Connection c) {
    // Section 4.8: the stage after a timeout starts from where slow start ends.
    CubicState s = state(c);
    s.windowMax = 0;
    s.epoch = 0;
  }

  @Override
  public void onUndo(Connection c) {
    state(c).restore();
  }

  @Override
  public void onUnderused(Connection c, long now) {
    if (c.congestionState instanceof CubicState && state(c).epoch != 0) {
      CubicState s = state(c);
      // Section 5.8: time in which the window was not in use does not count.
      s.epoch += now - s.lastLook;
      s.lastLook = now;
    }
  }

  @Override
  public void onAcknowledged(Connection c, AckEvent event, long now) {
    if (c.ssthresh == Long.MAX_VALUE && c.cwnd < (long) LEAST_JUDGED * c.mss) {
      c.cwnd += event.delivered;
      return;
    }
    CubicState s = state(c);
    long left = event.delivered;
    if (c.cwnd < c.ssthresh) {
      if (c.ssthresh == Long.MAX_VALUE) {
        s.hyStart.onAcknowledged(c, event);
        return;
      }
      long grow = Math.min(left, c.ssthresh - c.cwnd);
      c.cwnd += grow;
      left -= grow;
    }
    if (left > 0) {
      avoid(c, s, left, now);
    }
  }

  private static void avoid(Connection c, CubicState s, long acked, long now) {
    if (s.epoch == 0) {
      begin(c, s, now);
    } else if (now - s.lastLook > Math.max(c.rto, 1)) {
      // Nothing was sent for so long that it was no waiting for acknowledgments.
      s.epoch += now - s.lastLook;
    }
    s.lastLook = now;
    double window = c.cwnd + s.fraction;
    double seconds = (now - s.epoch) / NANOS;
    // Section 4.3: once it has what it had before, Reno's own pace.
    double alpha = s.estimate >= s.priorWindow ? 1 : ALPHA;
    s.estimate += alpha * c.mss * acked / window;
    double next;
    if (curve(c, s, seconds) < s.estimate) {
      next = Math.max(window, s.estimate);
    } else {
      double target = curve(c, s, seconds + c.srtt / NANOS);
      target = Math.min(Math.max(target, window), 1.5 * window);
      next = window + (target - window) / window * acked;
    }
    c.cwnd = (long) next;
    s.fraction = next - c.cwnd;
  }

  private static void begin(Connection c, CubicState s, long now) {
    s.epoch = now;
    s.fraction = 0;
    s.estimate = c.cwnd;
    if (s.windowMax <= c.cwnd) {
      s.windowMax = c.cwnd;
      s.k = 0;
    } else {
      s.k = Math.cbrt((s.windowMax - c.cwnd) / c.mss / C);
    }
  }

  /** W_cubic of section 4.2, figure 1. */
  private static double curve(Connection c, CubicState s, double seconds) {
    double t = seconds - s.k;
    return C * t * t * t * c.mss + s.windowMax;
  }
}
