package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;

/**
 * Takes the SACK blocks of an acknowledgment (RFC 2018, D-SACK of RFC 2883) into the retransmission
 * queue.
 */
final class SackProcessor {
  /** Holes of 2,000 can be told in a window; an honest peer has a few. */
  private static final int MOST_PIECES = 4096;

  private final TcpStack stack;
  private final long[] lefts = new long[Segment.MAX_SACK_BLOCKS];
  private final long[] rights = new long[Segment.MAX_SACK_BLOCKS];

  SackProcessor(TcpStack stack) {
    this.stack = stack;
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
        onDsack(c, left, right, event);
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

  /** The peer got something twice (RFC 2883); what it cannot have got twice is not believed. */
  private void onDsack(Connection c, long left, long right, AckEvent event) {
    stack.counters.increment(StackCounter.DSACK_IN);
    long length = right - left;
    int segments = (int) Math.min(Integer.MAX_VALUE, (length + c.mss - 1) / c.mss);
    if (length > Math.max(c.maxSndWnd, c.mss)
        || c.dsackSegments + segments > c.retransmittedSegments) {
      stack.counters.increment(StackCounter.DSACK_IGNORED);
      return;
    }
    c.dsackSegments += segments;
    event.dsack = true;
    event.dsackOfProbe = length <= c.mss && c.lossProbeOut && right == c.lossProbeEnd;
    if (c.reorderingSeen && !event.dsackOfProbe) {
      c.dsackPending = true;
    }
    NeedlessReduction.onDsack(c, right, segments);
  }

  private void mark(Connection c, long left, long right, AckEvent event) {
    SentSegment segment = c.sent.head;
    int walked = 0;
    while (segment != null && segment.end <= left) {
      segment = segment.next;
      walked++;
    }
    stack.counters.add(StackCounter.SACK_SEGMENTS_WALKED, walked);
    for (; segment != null && segment.start < right; segment = segment.next) {
      stack.counters.increment(StackCounter.SACK_SEGMENTS_WALKED);
      if (segment.has(SentSegment.SACKED)) {
        continue;
      }
      if (segment.start < left) {
        // Only whole segments are split off, so that a peer cannot grind the queue to dust.
        long at = segment.start + roundUp(left - segment.start, c.mss);
        if (at >= segment.end || isDust(c)) {
          continue;
        }
        c.sent.split(stack.sentPool, segment, at);
        continue;
      }
      if (segment.end > right) {
        long at = segment.start + (right - segment.start) / c.mss * c.mss;
        if (at <= segment.start || isDust(c)) {
          return;
        }
        c.sent.split(stack.sentPool, segment, at);
      }
      if (!segment.has(SentSegment.EVER_RETRANSMITTED)) {
        if (event.sackSentNanos == 0) {
          event.sackSentNanos = segment.sentNanos;
        }
        event.original(c, segment);
      }
      stack.rack.onDelivered(c, segment, event);
      event.deliver(c, segment.length());
      event.sackedNew = true;
      c.highestSacked = Math.max(c.highestSacked, segment.end);
      c.sent.markSacked(segment);
    }
  }

  /**
   * Whether the queue is in so many pieces that no more are made for the sake of SACK. Linux stops
   * where the pieces cost twice the send buffer.
   */
  private boolean isDust(Connection c) {
    if (c.sent.size() < MOST_PIECES) {
      return false;
    }
    stack.counters.increment(StackCounter.RETRANSMISSION_QUEUE_FULL);
    return true;
  }

  private static long roundUp(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }
}
