package dev.twinpath.userstack.tcp;

/**
 * The retransmission timeout of RFC 6298, with Linux's variant of the variance: its greatest value
 * per round trip, never below the minimum RTO, so that RTO = srtt + max(4 rttvar, minRto).
 */
final class RttEstimator {
  private RttEstimator() {}

  /**
   * Takes a measurement; the caller observes Karn's rule.
   *
   * @param rttNanos at least 0
   */
  static void sample(
      TransmissionControlBlock c, long rttNanos, long minRtoNanos, long maxRtoNanos) {
    long rtt = Math.max(rttNanos, 1);
    if (c.minRtt == 0 || rtt < c.minRtt) {
      c.minRtt = rtt;
    }
    if (c.srtt == 0) {
      c.srtt = rtt;
      c.meanDeviation = rtt / 2;
      c.rttVariation = Math.max(2 * rtt, minRtoNanos);
      c.greatestDeviation = c.rttVariation;
      c.rttSequence = c.sndNxt;
    } else {
      long error = rtt - c.srtt;
      c.srtt += error / 8;
      long deviation = Math.abs(error);
      long change = deviation - c.meanDeviation;
      // A round trip that got shorter moves the deviation less (Linux, tcp_rtt_estimator).
      c.meanDeviation += error < 0 && change > 0 ? change / 32 : change / 4;
      if (4 * c.meanDeviation > c.greatestDeviation) {
        c.greatestDeviation = 4 * c.meanDeviation;
        if (c.greatestDeviation > c.rttVariation) {
          c.rttVariation = c.greatestDeviation;
        }
      }
      if (c.sndUna > c.rttSequence) {
        if (c.greatestDeviation < c.rttVariation) {
          c.rttVariation -= (c.rttVariation - c.greatestDeviation) / 4;
        }
        c.rttSequence = c.sndNxt;
        c.greatestDeviation = minRtoNanos;
      }
    }
    c.rto = Math.min(c.srtt + c.rttVariation, maxRtoNanos);
  }
}
