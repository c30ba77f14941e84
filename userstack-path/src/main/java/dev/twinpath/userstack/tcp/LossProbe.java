package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;

/**
 * The tail loss probe (RFC 8985 section 7): when acknowledgments stay away, one segment asks for
 * one before the retransmission timer fires, which would cost the whole window. One at most is out.
 */
final class LossProbe {
  private final TcpStack stack;

  LossProbe(TcpStack stack) {
    this.stack = stack;
  }

  /** The probe's timer fired (section 7.3); returns whether one was sent. */
  boolean send(Connection c) {
    if (c.lossProbeOut || c.sent.tail == null) {
      return false;
    }
    boolean fresh = stack.output.probeWithNewData(c);
    if (!fresh && !stack.output.probeWithLast(c)) {
      return false;
    }
    c.lossProbeOut = true;
    c.lossProbeRetransmitted = !fresh;
    c.lossProbeEnd = c.sndNxt;
    return true;
  }

  /** An acknowledgment came that may be for it (section 7.4.2, as Linux does it). */
  void onAcknowledged(Connection c, AckEvent event) {
    if (!c.lossProbeOut || c.sndUna < c.lossProbeEnd) {
      return;
    }
    if (!c.lossProbeRetransmitted || event.dsackOfProbe) {
      c.lossProbeOut = false;
    } else if (c.sndUna > c.lossProbeEnd) {
      // Later data was acknowledged and no D-SACK came: the probe repaired a loss, which counts.
      c.lossProbeOut = false;
      if (c.recovery < TransmissionControlBlock.RECOVERY) {
        stack.counters.increment(StackCounter.LOSS_PROBE_RECOVERIES);
        RateReduction.begin(c);
        RateReduction.end(c);
        LossRecovery.keepOpen(c);
      }
    } else if (event.duplicate && !event.sackedNew) {
      c.lossProbeOut = false;
    }
  }
}
