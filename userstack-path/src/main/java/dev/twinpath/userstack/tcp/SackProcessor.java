package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;

/**
 * Takes the SACK blocks of an acknowledgment (RFC 2018, D-SACK of RFC 2883) into the retransmission
 * queue.
 */
final class SackProcessor {
  private final TcpStack stack;
  private final LossRecovery recovery;
  private final long[] lefts = new long[Segment.MAX_SACK_BLOCKS];
  private final long[] rights = new long[Segment.MAX_SACK_BLOCKS];

  SackProcessor(TcpStack stack, LossRecovery recovery) {
    this.stack = stack;
    this.recovery = recovery;
  }

  /**
   * Marks what the blocks cover.
   *
   * @param ack the segment's acknowledgment number
   */
  void process(Connection c, Segment s, long ack, AckEvent event) {
    int blocks = collect(c, s, ack, event);
    for (int i = 0; i < blocks; i++) {
      mark(c, lefts[i], rights[i], event);
    }
  }

  /** Sorts out valid blocks, in ascending order; returns how many. */
  private int collect(Connection c, Segment s, long ack, AckEvent event) {
    int count = 0;
    for (int i = 0; i < s.sackBlocks; i++) {
      stack.counters.increment(StackCounter.SACK_BLOCKS_IN);
      long left = c.extendAcknowledgment(s.sackLeft[i]);
      long right = c.extendAcknowledgment(s.sackRight[i]);
      if (i == 0 && isDsack(c, s, ack, left, right)) {
        event.dsack = true;
        stack.counters.increment(StackCounter.DSACK_IN);
        recovery.onDsack(c, left);
        continue;
      }
      if (left >= right || right > c.sndNxt || right <= c.sndUna) {
        if (right > c.sndNxt || left >= right) {
          stack.counters.increment(StackCounter.SACK_IGNORED);
        }
        continue;
      }
      int at = count++;
      while (at > 0 && lefts[at - 1] > left) {
        lefts[at] = lefts[at - 1];
        rights[at] = rights[at - 1];
        at--;
      }
      lefts[at] = left;
      rights[at] = right;
    }
    return count;
  }

  private static boolean isDsack(Connection c, Segment s, long ack, long left, long right) {
    if (left >= right) {
      return false;
    }
    if (right <= ack) {
      return true;
    }
    if (s.sackBlocks < 2) {
      return false;
    }
    long outerLeft = c.extendAcknowledgment(s.sackLeft[1]);
    long outerRight = c.extendAcknowledgment(s.sackRight[1]);
    return left >= outerLeft && right <= outerRight;
  }

  private void mark(Connection c, long left, long right, AckEvent event) {
    SentSegment segment = c.sent.head;
    while (segment != null && segment.end <= left) {
      segment = segment.next;
    }
    for (; segment != null && segment.start < right; segment = segment.next) {
      if (segment.has(SentSegment.SACKED)) {
        continue;
      }
      if (segment.start < left) {
        // Only whole segments are split off, so that a peer cannot grind the queue to dust.
        long at = segment.start + roundUp(left - segment.start, c.mss);
        if (at >= segment.end) {
          continue;
        }
        c.sent.split(stack.sentPool, segment, at);
        continue;
      }
      if (segment.end > right) {
        long at = segment.start + (right - segment.start) / c.mss * c.mss;
        if (at <= segment.start) {
          return;
        }
        c.sent.split(stack.sentPool, segment, at);
      }
      if (!segment.has(SentSegment.EVER_RETRANSMITTED) && segment.end <= event.priorHighestSacked) {
        recovery.onReordering(c);
      }
      recovery.onDelivered(c, segment, event);
      event.delivered += segment.length();
      event.sackedNew = true;
      c.highestSacked = Math.max(c.highestSacked, segment.end);
      c.sent.markSacked(segment);
    }
  }

  private static long roundUp(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }
}
