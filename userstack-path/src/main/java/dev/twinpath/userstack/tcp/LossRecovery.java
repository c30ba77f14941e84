package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.event.StackEvents;
import dev.twinpath.userstack.stack.StackCounter;

/**
 * The states of loss recovery: what an acknowledgment or a timer moves a connection to, and how
 * wide its window is then. Follows Linux (tcp_fastretrans_alert) where the RFCs leave a choice.
 *
 * <p>With SACK {@link Rack} finds what is lost; without, NewReno (RFC 6582) does. In a recovery
 * {@link RateReduction} sets the window, after a timeout slow start (RFC 5681) and F-RTO (RFC
 * 5682), which first asks with new data whether the timeout was needless. {@link NeedlessReduction}
 * takes back what was.
 */
final class LossRecovery {
  /** Least time before what a reneging peer had is sent again, as in Linux. */
  private static final long RENEGING_DELAY = 10_000_000L;

  private final TcpStack stack;
  private final NeedlessReduction needless;

  LossRecovery(TcpStack stack) {
    this.stack = stack;
    needless = stack.needless;
  }

  /** Decides after an acknowledgment: what is lost, in which state, how wide the window is. */
  void afterAcknowledgment(Connection c, AckEvent event) {
    stack.rack.adapt(c, event);
    stack.lossProbe.onAcknowledged(c, event);
    if (event.congestionEcho) {
      // What was marked was congestion, whatever else proves needless.
      NeedlessReduction.forget(c);
    }
    if (event.reneged && event.acked > 0) {
      stack.counters.increment(StackCounter.SACK_RENEGING);
      stack.timers.armRetransmit(c, Math.max(c.srtt / 2, RENEGING_DELAY));
      event.reorderTimerSet = true;
    } else if (isDubious(c, event)) {
      advanceState(c, event);
    }
    if (c.rate != null) {
      c.rate.finish(c, event, stack.now);
      c.congestion.onSample(c, c.rate.sample, stack.now);
    } else if (RateReduction.isActive(c)) {
      long moreLost = c.sent.everLostBytes - event.priorEverLost;
      RateReduction.onDelivered(c, event.delivered, moreLost, event.acked > 0);
      if (!c.sack && event.acked > 0) {
        // RFC 6582 section 3.2 step 3: a partial acknowledgment's hole is filled at once.
        c.cwnd = Math.max(c.cwnd, effectivePipe(c) + c.mss);
      }
    } else if (mayGrow(c, event)) {
      if (CwndUsage.isLimited(c)) {
        c.congestion.onAcknowledged(c, event, stack.now);
      } else {
        c.congestion.onUnderused(c, stack.now);
      }
    }
    if (c.pacer != null && c.rate == null) {
      c.pacer.follow(c);
    }
  }

  private static boolean isDubious(Connection c, AckEvent event) {
    return c.recovery != TransmissionControlBlock.OPEN
        || event.duplicate
        || event.sackedNew
        || event.dsack
        || event.congestionEcho;
  }

  /**
   * Where order is kept, what arrives out of order says that something is wrong: the window grows
   * with the acknowledgment number only (RFC 5681).
   */
  private static boolean mayGrow(Connection c, AckEvent event) {
    return event.delivered > 0 && (event.acked > 0 || c.reordering > Rack.DUPLICATES);
  }

  private void advanceState(Connection c, AckEvent event) {
    if (c.sndUna >= c.recoveryPoint) {
      endIfComplete(c, event);
    }
    switch (c.recovery) {
      case TransmissionControlBlock.RECOVERY:
        inRecovery(c, event);
        return;
      case TransmissionControlBlock.LOSS:
        afterTimeout(c, event);
        findLosses(c, event);
        if (c.recovery != TransmissionControlBlock.OPEN && !event.retransmissionLost) {
          return;
        }
        break;
      default:
        if (c.recovery <= TransmissionControlBlock.DISORDER) {
          needless.tryByDsack(c);
        }
        findLosses(c, event);
        break;
    }
    if (c.sent.lostBytes > 0) {
      enter(c, event.congestionEcho);
    } else {
      tryToOpen(c, event);
    }
  }

  /** All that was outstanding when the state was entered has been acknowledged. */
  private void endIfComplete(Connection c, AckEvent event) {
    if (c.recovery == TransmissionControlBlock.REDUCTION) {
      // Something beyond must be acknowledged, so that the peer has heard of the reduction (CWR).
      if (c.sndUna > c.recoveryPoint) {
        RateReduction.end(c);
        c.recovery = TransmissionControlBlock.OPEN;
      }
    } else if (c.recovery == TransmissionControlBlock.RECOVERY) {
      if (!needless.tryAtEnd(c, event)) {
        RateReduction.end(c);
      }
      open(c);
    }
  }

  private void inRecovery(Connection c, AckEvent event) {
    if (event.acked > 0 && needless.tryPartly(c, event)) {
      return;
    }
    if (c.undoMarker == 0 || needless.tryByDsack(c)) {
      tryToOpen(c, event);
    }
    findLosses(c, event);
    if (c.recovery != TransmissionControlBlock.RECOVERY && c.sent.lostBytes > 0) {
      enter(c, event.congestionEcho);
    }
  }

  /** F-RTO with SACK (RFC 5682 section 3.1), and the end of recovery after a timeout. */
  private void afterTimeout(Connection c, AckEvent event) {
    boolean recovered = c.sndUna >= c.recoveryPoint;
    c.frtoNewData = false;
    if (event.acked > 0 && needless.tryAfterTimeout(c, event, false)) {
      open(c);
      return;
    }
    if (c.frto) {
      // Step 3b: what arrived was never sent again.
      if (event.originalDelivered && needless.tryAfterTimeout(c, event, true)) {
        open(c);
        return;
      }
      if (c.sndNxt > c.recoveryPoint) {
        if (event.sackedNew || event.duplicate) {
          // Step 3a: the new data arrived, and leaves a hole.
          c.frto = false;
        }
      } else if (event.acked > 0 && !recovered) {
        c.recoveryPoint = c.sndNxt;
        if (c.unsentFlushed() > 0 && c.sndUna + c.sndWnd > c.sndNxt) {
          // Step 2b: what the peer says to new data will tell.
          c.frtoNewData = true;
          return;
        }
        c.frto = false;
      }
    }
    if (recovered) {
      needless.tryAtEnd(c, event);
      open(c);
    }
  }

  private static void open(Connection c) {
    c.recovery = TransmissionControlBlock.OPEN;
    c.congestion.onRecovered(c);
    c.duplicateAcks = 0;
    c.frto = false;
    c.frtoNewData = false;
  }

  private void tryToOpen(Connection c, AckEvent event) {
    if (event.congestionEcho && c.recovery < TransmissionControlBlock.REDUCTION) {
      reduceForCongestion(c);
    }
    if (c.recovery != TransmissionControlBlock.REDUCTION) {
      keepOpen(c);
    }
  }

  static void keepOpen(Connection c) {
    SentSegment head = c.sent.head;
    boolean disorder =
        c.sent.sackedBytes > 0
            || c.sent.lostBytes > 0
            || c.sent.retransmittedBytes > 0
            || c.duplicateAcks > 0
            || head != null && head.has(SentSegment.EVER_RETRANSMITTED);
    c.recovery = disorder ? TransmissionControlBlock.DISORDER : TransmissionControlBlock.OPEN;
  }

  private void findLosses(Connection c, AckEvent event) {
    if (!c.sack) {
      duplicates(c, event);
      return;
    }
    long retransmitted = c.sent.retransmittedBytes;
    event.reorderTimerSet |= stack.rack.detect(c);
    event.retransmissionLost |= c.sent.retransmittedBytes < retransmitted;
  }

  /** The reordering window of a packet has passed. */
  void onReorderTimer(Connection c) {
    long before = c.pipe();
    long lostBefore = c.sent.everLostBytes;
    c.rackAdvanced = true;
    stack.rack.detect(c);
    if (c.pipe() != before && c.recovery != TransmissionControlBlock.RECOVERY) {
      enter(c, false);
      RateReduction.onDelivered(c, c.mss, c.sent.everLostBytes - lostBefore, false);
    }
  }

  /** Duplicate ACKs and partial ACKs without SACK (RFC 6582 section 3.2). */
  private void duplicates(Connection c, AckEvent event) {
    SentSegment head = c.sent.head;
    if (event.acked > 0) {
      if (c.duplicateAcks > 0) {
        // What the duplicates stood for was counted when they came.
        long counted = (long) c.duplicateAcks * c.mss;
        event.delivered = Math.max(Math.min(c.mss, event.delivered), event.delivered - counted);
      }
      if (c.recovery == TransmissionControlBlock.RECOVERY && head != null) {
        // One segment filled the hole; the others are what the duplicates stood for.
        int others = (int) Math.min((event.acked - 1) / c.mss, c.duplicateAcks);
        c.duplicateAcks -= others;
        markFirstLost(c, head);
      } else {
        c.duplicateAcks = 0;
      }
    } else if (event.duplicate && head != null) {
      c.duplicateAcks++;
      event.delivered += c.mss;
      if (c.recovery < TransmissionControlBlock.RECOVERY
          && c.duplicateAcks >= Rack.DUPLICATES
          && c.sndUna > c.recoveryPoint) {
        markFirstLost(c, head);
      }
    }
  }

  private void markFirstLost(Connection c, SentSegment head) {
    if (head.length() > c.mss) {
      c.sent.split(stack.sentPool, head, head.start + c.mss);
    }
    if (!head.has(SentSegment.LOST)) {
      c.sent.markLost(head);
    }
  }

  private void enter(Connection c, boolean congestion) {
    if (c.recovery < TransmissionControlBlock.REDUCTION && stack.mtuProbing.onLoss(c)) {
      resendProbe(c);
      return;
    }
    stack.counters.increment(c.sack ? StackCounter.RECOVERIES : StackCounter.RENO_RECOVERIES);
    boolean reducing = RateReduction.isActive(c);
    NeedlessReduction.remember(c, !reducing && !congestion);
    if (!reducing) {
      RateReduction.begin(c);
    }
    c.recovery = TransmissionControlBlock.RECOVERY;
    c.frto = false;
    c.frtoNewData = false;
    StackEvents.recovery(c, c.priorCwnd, c.ssthresh, c.sent.lostBytes);
  }

  /** What was lost was too large, which says nothing of congestion. */
  private static void resendProbe(Connection c) {
    c.recoveryPoint = c.sndNxt;
    NeedlessReduction.forget(c);
    c.undoMarker = 0;
    c.recovery = TransmissionControlBlock.LOSS;
    c.frto = false;
    c.frtoNewData = false;
  }

  /** A router marked instead of dropping: the window shrinks as after a loss. */
  private void reduceForCongestion(Connection c) {
    stack.counters.increment(StackCounter.ECN_REDUCTIONS);
    NeedlessReduction.forget(c);
    c.undoMarker = 0;
    c.recovery = TransmissionControlBlock.REDUCTION;
    RateReduction.begin(c);
  }

  /** Without SACK each duplicate ACK says that one segment has left the network. */
  static long effectivePipe(Connection c) {
    long pipe = c.pipe();
    if (!c.sack && c.duplicateAcks > 0) {
      pipe = Math.max(0, pipe - (long) c.duplicateAcks * c.mss);
    }
    return pipe;
  }

  /**
   * The path takes only smaller packets: what is outstanding went nowhere, and not for congestion.
   */
  void onTooBig(Connection c) {
    for (SentSegment s = c.sent.head; s != null; s = s.next) {
      if (!s.has(SentSegment.SACKED)) {
        c.sent.markLost(s);
      }
    }
    c.sent.retransmitHint = null;
  }

  /** The retransmission timer fired (RFC 6298 section 5, RFC 5681 section 3.1). */
  void onTimeout(Connection c) {
    boolean first = c.recovery < TransmissionControlBlock.RECOVERY;
    boolean again = c.retransmits > 0;
    markLostByTimeout(c);
    if (c.recovery <= TransmissionControlBlock.DISORDER
        || c.sndUna >= c.recoveryPoint
        || c.recovery == TransmissionControlBlock.LOSS && !again) {
      // Else the window was reduced for this flight already.
      NeedlessReduction.remember(c, true);
      c.ssthresh = c.congestion.slowStartThreshold(c);
    }
    if (c.recovery <= TransmissionControlBlock.DISORDER
        && c.sent.sackedBytes >= (long) Rack.DUPLICATES * c.mss) {
      // So much arrived, and yet time ran out: reordering was thought to be worse than it is.
      c.reordering = Math.min(c.reordering, Rack.DUPLICATES);
    }
    c.recovery = TransmissionControlBlock.LOSS;
    c.recoveryPoint = c.sndNxt;
    c.cwnd = c.pipe() + c.mss;
    c.cwndCounter = 0;
    c.duplicateAcks = 0;
    c.lossProbeOut = false;
    c.cwndLimited = true;
    c.frto = first || again;
    c.frtoNewData = false;
    c.congestion.onTimeout(c);
    Ecn.onReduced(c);
  }

  /** What was sent so recently that RACK would not yet give it up is not lost for a timeout. */
  private void markLostByTimeout(Connection c) {
    SentSegment head = c.sent.head;
    boolean reneged = head != null && head.has(SentSegment.SACKED);
    for (SentSegment s = head; s != null; s = s.next) {
      if (reneged && s.has(SentSegment.SACKED)) {
        c.sent.unmarkSacked(s);
      }
      if (s.has(SentSegment.SACKED)
          || s != head && !reneged && c.sack && stack.rack.remaining(c, s, 0) > 0) {
        continue;
      }
      c.sent.markLost(s);
    }
    c.sent.retransmitHint = null;
  }
}
