package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;

/**
 * RACK (RFC 8985): a packet is lost when one that was sent later has arrived, and the path has had
 * time enough to deliver both in the other order. How much is enough is learned from the peer's
 * D-SACKs.
 */
class Rack {
  /** DupThresh of RFC 8985 section 6.2 step 4 and RFC 6675: segments, as long as order is kept. */
  static final int DUPLICATES = 3;

  /** Recoveries for which a wider window is kept (step 4). */
  private static final int PERSIST = 16;

  private static final int MAX_STEPS = 255;

  /** Linux's tcp_max_reordering. */
  private static final int MAX_REORDERING = 300;

  final TcpStack stack;

  Rack(TcpStack stack) {
    this.stack = stack;
  }

  /** A packet arrived, as far as the peer says: the clock moves on (step 2). */
  void onDelivered(Connection c, SentSegment segment, AckEvent event) {
    if (c.rate != null) {
      c.rate.onDelivered(segment);
    }
    long rtt = stack.now - segment.sentNanos;
    if (segment.has(SentSegment.EVER_RETRANSMITTED)) {
      boolean original =
          event.hasTimestampEcho && event.timestampEcho - stack.timestamp(c, segment.sentNanos) < 0;
      if (original || rtt < c.minRtt) {
        return;
      }
    }
    // As Linux: of what was reordered, too, so that a path that grows longer is given its time.
    c.rackRtt = Math.max(rtt, 1);
    c.rackAdvanced = true;
    if (c.rackSentNanos < segment.sentNanos
        || (c.rackSentNanos == segment.sentNanos && c.rackEnd < segment.end)) {
      c.rackSentNanos = segment.sentNanos;
      c.rackEnd = segment.end;
    }
  }

  /**
   * A packet arrived out of order though it was sent once: from now on time decides, not order
   * (step 3).
   *
   * @param low its first sequence number
   * @param high the greatest that had arrived before it
   */
  void onReordering(Connection c, long low, long high) {
    long degree = (high - low + c.mss - 1) / c.mss;
    if (degree > c.reordering) {
      c.reordering = (int) Math.min(degree, MAX_REORDERING);
    }
    c.reorderingSeen = true;
    stack.counters.increment(StackCounter.SACK_REORDER);
  }

  /**
   * What an acknowledgment's D-SACK says of the window: it was too small; once per round trip (step
   * 4). Called when the acknowledgment has been taken in.
   */
  void adapt(Connection c, AckEvent event) {
    if (event.delivered == 0) {
      return;
    }
    if (c.dsackPending && c.sndUna >= c.reorderStepsRound) {
      c.reorderSteps = Math.min(c.reorderSteps + 1, MAX_STEPS);
      c.reorderStepsRound = c.sndNxt;
      c.reorderPersist = PERSIST;
    } else if (c.reorderPersist == 0) {
      c.reorderSteps = 1;
    }
    c.dsackPending = false;
  }

  /** A recovery ended: one fewer to keep the window wide for. */
  static void onRecovered(Connection c) {
    if (c.reorderPersist > 0) {
      c.reorderPersist--;
    }
  }

  /** A recovery was needless: the window stays wide for one more. */
  static void onNeedless(Connection c) {
    c.reorderPersist = Math.min(c.reorderPersist + 1, PERSIST);
  }

  /** The search (step 5). Sets the reordering timer if it must look again; returns whether so. */
  boolean detect(Connection c) {
    if (!c.rackAdvanced || c.sent.timeHead == null) {
      return false;
    }
    c.rackAdvanced = false;
    long window = window(c);
    long wait = 0;
    SentSegment next;
    for (SentSegment s = c.sent.timeHead; s != null; s = next) {
      next = s.timeNext;
      boolean sentBefore =
          s.sentNanos < c.rackSentNanos || (s.sentNanos == c.rackSentNanos && s.end < c.rackEnd);
      if (!sentBefore) {
        break;
      }
      long remaining = remaining(c, s, window);
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
    return wait > 0;
  }

  /** How long a packet may still be under way, at most 0 if it may not. */
  long remaining(Connection c, SentSegment segment, long window) {
    return segment.sentNanos + c.rackRtt + window - stack.now;
  }

  /** The reordering window of step 4. */
  private static long window(Connection c) {
    if (!c.reorderingSeen) {
      if (c.recovery >= TransmissionControlBlock.RECOVERY || manySacked(c)) {
        return 0;
      }
    }
    return Math.min(c.reorderSteps * (c.minRtt / 4), Math.max(c.srtt, 1));
  }

  /** Whether as many segments were SACKed as make a duplicate threshold. */
  private static boolean manySacked(Connection c) {
    if (c.sent.sackedBytes >= (long) DUPLICATES * c.mss) {
      return true;
    }
    if (c.sent.sackedBytes == 0) {
      return false;
    }
    // Short segments: each counts as one.
    int count = 0;
    for (SentSegment s = c.sent.tail; s != null && count < DUPLICATES; s = s.previous) {
      if (s.has(SentSegment.SACKED)) {
        count += s.segments(c.mss);
      }
    }
    return count >= DUPLICATES;
  }
}
