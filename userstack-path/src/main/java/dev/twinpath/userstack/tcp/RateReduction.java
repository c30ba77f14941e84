package dev.twinpath.userstack.tcp;

/**
 * Proportional rate reduction (RFC 6937, with the bound chosen as RFC 9937 and Linux do: slow start
 * only while new data is acknowledged and nothing more is found lost).
 */
final class RateReduction {
  private RateReduction() {}

  /** The window is to go down to what congestion control says. */
  static void begin(Connection c) {
    c.recoveryPoint = c.sndNxt;
    c.lossProbeOut = false;
    c.cwndCounter = 0;
    c.reductionCwnd = c.cwnd;
    c.prrDelivered = 0;
    c.prrOut = 0;
    c.ssthresh = c.congestion.slowStartThreshold(c);
    Ecn.onReduced(c);
  }

  /** Whether the window goes down to the threshold, as fast as packets are delivered. */
  static boolean isActive(Connection c) {
    return c.recovery == TransmissionControlBlock.RECOVERY
        || c.recovery == TransmissionControlBlock.REDUCTION;
  }

  /**
   * Bytes were delivered meanwhile.
   *
   * @param delivered how many
   * @param moreLost bytes that the same acknowledgment showed to be lost
   * @param advanced whether it acknowledged new data in order
   */
  static void onDelivered(Connection c, long delivered, long moreLost, boolean advanced) {
    if (delivered <= 0 || c.rate != null) {
      return;
    }
    long pipe = LossRecovery.effectivePipe(c);
    c.prrDelivered += delivered;
    long send;
    if (pipe > c.ssthresh) {
      long prior = Math.max(c.reductionCwnd, c.mss);
      send = (c.prrDelivered * c.ssthresh + prior - 1) / prior - c.prrOut;
    } else {
      long bound = Math.max(c.prrDelivered - c.prrOut, delivered);
      if (advanced && moreLost == 0) {
        bound += c.mss;
      }
      send = Math.min(c.ssthresh - pipe, bound);
    }
    // The first retransmission leaves at once.
    c.cwnd = pipe + Math.max(send, c.prrOut == 0 ? c.mss : 0);
  }

  /** The reduction is complete. */
  static void end(Connection c) {
    c.cwnd = c.rate != null ? c.cwnd : Math.max(c.ssthresh, c.mss);
  }
}
