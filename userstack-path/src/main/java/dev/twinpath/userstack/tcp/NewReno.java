package dev.twinpath.userstack.tcp;

/**
 * Slow start and congestion avoidance of RFC 5681 with byte counting (RFC 3465; slow start counts
 * every acknowledged byte, as Linux does).
 */
final class NewReno implements CongestionControl {
  @Override
  public String name() {
    return "reno";
  }

  @Override
  public long slowStartThreshold(Connection c) {
    return Math.max(c.cwnd / 2, 2L * c.mss);
  }

  @Override
  public void onAcknowledged(Connection c, AckEvent event, long now) {
    long left = event.delivered;
    if (c.cwnd < c.ssthresh) {
      long grow = Math.min(left, c.ssthresh - c.cwnd);
      c.cwnd += grow;
      left -= grow;
    }
    if (left > 0) {
      // One segment per window of acknowledged bytes.
      c.cwndCounter += left;
      if (c.cwndCounter >= c.cwnd) {
        long windows = c.cwndCounter / c.cwnd;
        c.cwndCounter -= windows * c.cwnd;
        c.cwnd += windows * c.mss;
      }
    }
  }
}
