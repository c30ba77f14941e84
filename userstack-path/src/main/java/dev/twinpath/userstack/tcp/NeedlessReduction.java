package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;

/**
 * Takes a reduction of the window back that was for nothing: when timestamps show that the original
 * arrived (Eifel, RFC 3522 and 4015), when the peer got everything twice that was sent again
 * (D-SACK, RFC 3708), or when data arrives after a timeout that was never sent again (F-RTO, RFC
 * 5682).
 *
 * <p>Each remembers one reduction, the last, until another one begins: D-SACKs may come long after
 * the recovery is over.
 */
final class NeedlessReduction {
  private static final int NOTHING_SENT = -1;

  private final TcpStack stack;

  NeedlessReduction(TcpStack stack) {
    this.stack = stack;
  }

  /**
   * A reduction begins that may prove needless; called before the window changes.
   *
   * @param restorable whether the window may be restored at all
   */
  static void remember(Connection c, boolean restorable) {
    c.priorCwnd = c.cwnd;
    c.priorSsthresh = restorable ? currentThreshold(c) : 0;
    c.undoMarker = c.sndUna;
    // What was sent again before and is still under way may be told of twice, too.
    int underWay = (int) ((c.sent.retransmittedBytes + c.mss - 1) / c.mss);
    if (c.lossProbeOut && c.lossProbeRetransmitted) {
      underWay++;
    }
    c.undoRetransmissions = underWay > 0 ? underWay : NOTHING_SENT;
    if (c.sent.retransmittedBytes == 0 && !c.lossProbeOut) {
      c.retransmitStampValid = false;
    }
  }

  private static long currentThreshold(Connection c) {
    if (RateReduction.isActive(c)) {
      return c.ssthresh;
    }
    return Math.max(c.ssthresh, c.cwnd / 2 + c.cwnd / 4);
  }

  /** Congestion is certain: nothing is to be taken back. */
  static void forget(Connection c) {
    c.priorSsthresh = 0;
  }

  /** Segments were sent again. */
  void onRetransmitted(Connection c, int segments) {
    c.undoRetransmissions = Math.max(c.undoRetransmissions, 0) + segments;
    if (!c.retransmitStampValid) {
      c.retransmitStamp = stack.timestamp(c, Math.max(stack.now, c.launch));
      c.retransmitStampValid = true;
    }
  }

  /** The peer got segments twice that end at a sequence number. */
  static void onDsack(Connection c, long end, int segments) {
    if (c.undoMarker != 0 && c.undoRetransmissions > 0 && end > c.undoMarker) {
      c.undoRetransmissions = Math.max(0, c.undoRetransmissions - segments);
    }
  }

  private static boolean allCameTwice(Connection c) {
    return c.undoMarker != 0 && c.undoRetransmissions == 0;
  }

  private static boolean originalArrived(Connection c, AckEvent event) {
    return c.undoMarker != 0
        && c.retransmitStampValid
        && event.hasTimestampEcho
        && event.timestampEcho - c.retransmitStamp < 0;
  }

  /** At the end of a recovery; true if the window was restored. */
  boolean tryAtEnd(Connection c, AckEvent event) {
    if (!allCameTwice(c) && !originalArrived(c, event)) {
      Rack.onRecovered(c);
      return false;
    }
    return restore(
        c,
        c.recovery == TransmissionControlBlock.LOSS
            ? StackCounter.SPURIOUS_RTO_UNDONE
            : StackCounter.SPURIOUS_RECOVERY_UNDONE);
  }

  /** By D-SACK only, while or after a recovery; true if it was needless. */
  boolean tryByDsack(Connection c) {
    if (!allCameTwice(c)) {
      return false;
    }
    Rack.onNeedless(c);
    restore(c, StackCounter.SPURIOUS_RECOVERY_UNDONE_DSACK);
    return true;
  }

  /**
   * After an acknowledgment of a part of what was outstanding when recovery began: the hole was
   * filled by the original. True if nothing more is to be thought lost for now.
   */
  boolean tryPartly(Connection c, AckEvent event) {
    if (!originalArrived(c, event)) {
      return false;
    }
    stack.rack.onReordering(c, event.priorUna, Math.max(event.priorHighestSacked, c.sndUna));
    if (c.sent.retransmittedBytes > 0) {
      return true;
    }
    c.sent.unmarkAllLost();
    restore(c, StackCounter.SPURIOUS_RECOVERY_UNDONE_PARTLY);
    return false;
  }

  /**
   * After a timeout; true if it was needless.
   *
   * @param certain F-RTO found that it was
   */
  boolean tryAfterTimeout(Connection c, AckEvent event, boolean certain) {
    if (!certain && !allCameTwice(c) && !originalArrived(c, event)) {
      return false;
    }
    c.sent.unmarkAllLost();
    if (restore(c, StackCounter.SPURIOUS_RTO_UNDONE) && certain) {
      stack.counters.increment(StackCounter.SPURIOUS_RTO_BY_FRTO);
    }
    c.backoff = 0;
    return true;
  }

  /** Restores and counts, unless congestion was certain; what is outstanding is looked at anew. */
  private boolean restore(Connection c, StackCounter counter) {
    c.undoMarker = 0;
    c.rackAdvanced = true;
    if (c.priorSsthresh == 0) {
      return false;
    }
    c.cwnd = Math.max(c.cwnd, c.priorCwnd);
    c.ssthresh = Math.max(c.ssthresh, c.priorSsthresh);
    c.congestion.onUndo(c);
    stack.counters.increment(counter);
    return true;
  }
}
