package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.event.StackEvents;
import dev.twinpath.userstack.stack.StackCounter;

/**
 * Finds what was lost and says how much may be sent meanwhile.
 *
 * <p>With SACK: RACK (RFC 8985) on packets' times, whose window is zero until reordering was seen,
 * which is the three-duplicates rule of RFC 6675; and proportional rate reduction (RFC 6937).
 * Without: NewReno (RFC 6582). A recovery that proves needless is undone, by timestamps (RFC 3522)
 * or by D-SACK (RFC 3708).
 */
final class LossRecovery {
  private static final int DUPLICATES = 3;

  private final TcpStack stack;

  LossRecovery(TcpStack stack) {
    this.stack = stack;
  }

  /**
   * A packet arrived, as far as the peer says: RACK's clock moves on (RFC 8985 section 6.2 step 2).
   */
  void onDelivered(Connection c, SentSegment segment, AckEvent event) {
    long rtt = stack.now - segment.sentNanos;
    if (segment.has(SentSegment.EVER_RETRANSMITTED)) {
      boolean original =
          event.hasTimestampEcho && event.timestampEcho - stack.timestamp(c, segment.sentNanos) < 0;
      if (original || rtt < c.minRtt) {
        return;
      }
    }
    if (c.rackSentNanos < segment.sentNanos
        || (c.rackSentNanos == segment.sentNanos && c.rackEnd < segment.end)) {
      c.rackSentNanos = segment.sentNanos;
      c.rackEnd = segment.end;
      c.rackRtt = Math.max(rtt, 1);
    }
  }

  /** A packet arrived out of order though it was sent once: from now on time decides, not order. */
  void onReordering(Connection c) {
    if (!c.reorderingSeen) {
      c.reorderingSeen = true;
      stack.counters.increment(StackCounter.SACK_REORDER);
    }
  }

  /** The peer got something twice. */
  void onDsack(Connection c, long left) {
    if (c.lossProbeOut && c.lossProbeRetransmitted && left < c.lossProbeEnd) {
      // The probe came in vain: nothing had been lost (RFC 8985 section 7.4.2).
      c.lossProbeOut = false;
      return;
    }
    if (c.undoMarker != 0 && left >= c.undoMarker && c.undoRetransmissions > 0) {
      c.undoRetransmissions--;
    }
    // RFC 8985 section 6.2 step 4: the reordering window was too small; once per round trip.
    if (c.sndUna >= c.reorderStepsRound) {
      c.reorderSteps = Math.min(c.reorderSteps + 1, 255);
      c.reorderStepsRound = c.sndNxt;
      c.reorderPersist = 16;
    }
  }

  /** Decides after an acknowledgment: what is lost, in which state, how wide the window is. */
  void afterAcknowledgment(Connection c, AckEvent event) {
    boolean advanced = event.acked > 0;
    if (c.lossProbeOut && c.sndUna >= c.lossProbeEnd) {
      lossProbeAcknowledged(c, event);
    }
    if (advanced && c.recovery == TransmissionControlBlock.LOSS && tryUndo(c, event)) {
      stack.counters.increment(StackCounter.SPURIOUS_RTO_UNDONE);
    }
    if (c.recovery >= TransmissionControlBlock.REDUCTION && c.sndUna >= c.recoveryPoint) {
      leave(c, event);
    }
    if (event.congestionEcho) {
      // What was marked was congestion, whatever else proves needless.
      c.undoMarker = 0;
    }
    if (c.sack) {
      detect(c);
    } else {
      duplicates(c, event);
    }
    if (c.recovery < TransmissionControlBlock.RECOVERY) {
      if (c.sent.lostBytes > 0) {
        enter(c);
      } else if (event.congestionEcho && c.recovery < TransmissionControlBlock.REDUCTION) {
        reduceForCongestion(c);
      } else if (c.recovery < TransmissionControlBlock.REDUCTION) {
        boolean disorder = c.sent.sackedBytes > 0 || c.duplicateAcks > 0;
        c.recovery = disorder ? TransmissionControlBlock.DISORDER : TransmissionControlBlock.OPEN;
      }
    }
    if (event.congestionEcho) {
      c.undoMarker = 0;
    }
    if (isReducing(c)) {
      reduce(c, event);
    } else if (event.delivered > 0) {
      if (c.cwndLimited) {
        c.congestion.onAcknowledged(c, event, stack.now);
      } else {
        c.congestion.onUnderused(c, stack.now);
      }
    }
  }

  /**
   * RACK's search (RFC 8985 section 6.2 step 5). Sets the reordering timer if it must look again.
   */
  void detect(Connection c) {
    if (c.rackSentNanos == 0 || c.sent.timeHead == null) {
      return;
    }
    long window = reorderingWindow(c);
    long wait = 0;
    SentSegment next;
    for (SentSegment s = c.sent.timeHead; s != null; s = next) {
      next = s.timeNext;
      boolean sentBefore =
          s.sentNanos < c.rackSentNanos || (s.sentNanos == c.rackSentNanos && s.end < c.rackEnd);
      if (!sentBefore) {
        break;
      }
      long remaining = s.sentNanos + c.rackRtt + window - stack.now;
      if (remaining <= 0) {
        if (s.has(SentSegment.RETRANSMITTED)) {
          stack.counters.increment(StackCounter.LOST_RETRANSMISSIONS);
        }
        c.sent.markLost(s);
      } else {
        wait = Math.max(wait, remaining);
      }
    }
    if (wait > 0) {
      stack.timers.armReorder(c, wait);
    }
  }

  /** The reordering window of a packet has passed. */
  void onReorderTimer(Connection c) {
    detect(c);
    if (c.sent.lostBytes > 0 && c.recovery < TransmissionControlBlock.RECOVERY) {
      enter(c);
      c.cwnd = Math.max(c.pipe() + c.mss, c.mss);
    } else if (c.recovery == TransmissionControlBlock.RECOVERY) {
      c.cwnd = Math.max(c.cwnd, c.pipe() + c.mss);
    }
  }

  /** RFC 8985 section 6.2 step 4. */
  private static long reorderingWindow(Connection c) {
    if (!c.reorderingSeen) {
      if (c.recovery >= TransmissionControlBlock.RECOVERY
          || c.sent.sackedBytes >= (long) DUPLICATES * c.mss) {
        return 0;
      }
    }
    return Math.min(c.reorderSteps * (c.minRtt / 4), Math.max(c.srtt, 1));
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
      c.duplicateAcks = 0;
      if (c.recovery == TransmissionControlBlock.RECOVERY && head != null) {
        markFirstLost(c, head);
      }
    } else if (event.duplicate && head != null) {
      c.duplicateAcks++;
      event.delivered += c.mss;
      if (c.recovery < TransmissionControlBlock.RECOVERY
          && c.duplicateAcks >= DUPLICATES
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

  private void enter(Connection c) {
    stack.counters.increment(c.sack ? StackCounter.RECOVERIES : StackCounter.RENO_RECOVERIES);
    if (c.recovery == TransmissionControlBlock.REDUCTION) {
      // The window is being reduced already, and once per round trip is enough.
      c.recovery = TransmissionControlBlock.RECOVERY;
      return;
    }
    remember(c);
    c.recovery = TransmissionControlBlock.RECOVERY;
    beginReduction(c);
    StackEvents.recovery(c, c.priorCwnd, c.ssthresh, c.sent.lostBytes);
  }

  /** A router marked instead of dropping: the window shrinks as after a loss. */
  private void reduceForCongestion(Connection c) {
    stack.counters.increment(StackCounter.ECN_REDUCTIONS);
    c.priorCwnd = c.cwnd;
    c.undoMarker = 0;
    c.recovery = TransmissionControlBlock.REDUCTION;
    beginReduction(c);
  }

  private static void beginReduction(Connection c) {
    c.recoveryPoint = c.sndNxt;
    c.ssthresh = c.congestion.slowStartThreshold(c);
    c.prrDelivered = 0;
    c.prrOut = 0;
    c.cwndCounter = 0;
    Ecn.onReduced(c);
  }

  /** Whether the window goes down to the threshold, as fast as packets are delivered. */
  static boolean isReducing(Connection c) {
    return c.recovery == TransmissionControlBlock.RECOVERY
        || c.recovery == TransmissionControlBlock.REDUCTION;
  }

  private void remember(Connection c) {
    c.priorCwnd = c.cwnd;
    c.priorSsthresh = c.ssthresh;
    c.undoMarker = c.sndUna;
    c.undoRetransmissions = 0;
    c.retransmitStampValid = false;
  }

  /** Proportional rate reduction with the slow-start reduction bound (RFC 6937 section 3). */
  private void reduce(Connection c, AckEvent event) {
    long pipe = effectivePipe(c);
    c.prrDelivered += event.delivered;
    long send;
    if (pipe > c.ssthresh) {
      long prior = Math.max(c.priorCwnd, c.mss);
      send = (c.prrDelivered * c.ssthresh + prior - 1) / prior - c.prrOut;
    } else {
      long bound = Math.max(c.prrDelivered - c.prrOut, event.delivered) + c.mss;
      send = Math.min(c.ssthresh - pipe, bound);
    }
    // The first retransmission leaves at once.
    boolean first = c.prrOut == 0 && c.recovery == TransmissionControlBlock.RECOVERY;
    send = Math.max(send, first ? c.mss : 0);
    c.cwnd = pipe + send;
  }

  /** Without SACK each duplicate ACK says that one segment has left the network. */
  static long effectivePipe(Connection c) {
    long pipe = c.pipe();
    if (!c.sack && c.duplicateAcks > 0) {
      pipe = Math.max(0, pipe - (long) c.duplicateAcks * c.mss);
    }
    return pipe;
  }

  private void leave(Connection c, AckEvent event) {
    if (isReducing(c)) {
      if (!tryUndo(c, event)) {
        c.cwnd = Math.max(c.ssthresh, c.mss);
      } else {
        stack.counters.increment(StackCounter.SPURIOUS_RECOVERY_UNDONE);
      }
      if (c.reorderPersist > 0 && --c.reorderPersist == 0) {
        c.reorderSteps = 1;
      }
    }
    c.recovery = TransmissionControlBlock.OPEN;
    c.duplicateAcks = 0;
    c.undoMarker = 0;
  }

  /** Takes a reduction back if what was sent again had not been lost. */
  private boolean tryUndo(Connection c, AckEvent event) {
    if (c.undoMarker == 0) {
      return false;
    }
    boolean byTimestamp =
        c.retransmitStampValid
            && event.hasTimestampEcho
            && event.timestampEcho - c.retransmitStamp < 0;
    boolean byDsack = c.retransmitStampValid && c.undoRetransmissions == 0 && event.dsack;
    if (!byTimestamp && !byDsack) {
      return false;
    }
    for (SentSegment s = c.sent.head; s != null; s = s.next) {
      c.sent.unmarkLost(s);
    }
    c.cwnd = Math.max(c.cwnd, c.priorCwnd);
    c.ssthresh = Math.max(c.ssthresh, c.priorSsthresh);
    c.congestion.onUndo(c);
    c.recovery = TransmissionControlBlock.OPEN;
    c.undoMarker = 0;
    c.backoff = 0;
    return true;
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
    // The window was reduced for this flight already (Linux, tcp_enter_loss).
    boolean again = c.recovery >= TransmissionControlBlock.REDUCTION && c.sndUna < c.recoveryPoint;
    if (!again) {
      remember(c);
      c.ssthresh = c.congestion.slowStartThreshold(c);
    }
    boolean reneged = c.sent.head != null && c.sent.head.has(SentSegment.SACKED);
    for (SentSegment s = c.sent.head; s != null; s = s.next) {
      if (s.has(SentSegment.SACKED)) {
        if (!reneged) {
          continue;
        }
        c.sent.unmarkSacked(s);
      }
      c.sent.markLost(s);
    }
    c.sent.retransmitHint = null;
    c.recovery = TransmissionControlBlock.LOSS;
    c.recoveryPoint = c.sndNxt;
    c.cwnd = c.mss;
    c.cwndCounter = 0;
    c.duplicateAcks = 0;
    c.lossProbeOut = false;
    c.cwndLimited = true;
    c.congestion.onTimeout(c);
    Ecn.onReduced(c);
  }

  /** RFC 8985 section 7.4.2, as Linux does it: whether the loss probe repaired a loss. */
  private void lossProbeAcknowledged(Connection c, AckEvent event) {
    if (!c.lossProbeRetransmitted) {
      c.lossProbeOut = false;
    } else if (c.sndUna > c.lossProbeEnd) {
      // Later data was acknowledged and no D-SACK came: one segment was lost, and counts as such.
      c.lossProbeOut = false;
      if (c.recovery < TransmissionControlBlock.RECOVERY) {
        c.ssthresh = c.congestion.slowStartThreshold(c);
        c.cwnd = c.ssthresh;
      }
    } else if (event.duplicate) {
      c.lossProbeOut = false;
    }
  }
}
