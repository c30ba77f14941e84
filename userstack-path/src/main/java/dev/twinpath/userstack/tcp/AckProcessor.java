package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * The acknowledgment and window of a received segment (RFC 9293 section 3.10.7.4, fifth; RFC 5961
 * section 5).
 */
final class AckProcessor {
  private static final long MICROSECOND = 1_000L;
  private static final long MILLISECOND = 1_000_000L;
  private static final long MAX_TIMESTAMP_RTT = 600_000;

  private final TcpStack stack;
  private final SackProcessor sacks;
  private final AckEvent event = new AckEvent();
  private final long minRto;
  private final long maxRto;

  AckProcessor(TcpStack stack) {
    this.stack = stack;
    sacks = new SackProcessor(stack);
    minRto = stack.config.minRto() * MILLISECOND;
    maxRto = stack.config.maxRto() * MILLISECOND;
  }

  /**
   * Processes the acknowledgment.
   *
   * @param sequence the segment's first sequence number
   * @return false if the segment must be dropped
   */
  boolean process(Connection c, Segment s, long sequence) {
    long ack = c.extendAcknowledgment(s.acknowledgment);
    if (ack > c.sndNxt || ack < c.sndUna - Math.min(c.maxSndWnd, c.sndUna - c.iss - 1)) {
      stack.counters.increment(StackCounter.UNACCEPTABLE_ACKS);
      // Of what was never sent, an open connection says nothing, as Linux: RFC 5961's answer would
      // only tell a blind attacker that there is one.
      if (ack < c.sndUna || c.state != TcpState.ESTABLISHED) {
        stack.control.challenge(c);
      }
      return false;
    }
    c.keepAliveProbes = 0;
    boolean windowChanged = ack >= c.sndUna && updateWindow(c, s, sequence, ack);
    if (c.sndNxt == c.sndUna && s.sackBlocks == 0) {
      stack.probes.onAcknowledgment(c);
      if (windowChanged && c.unsentFlushed() + (c.finQueued ? 1 : 0) > 0) {
        stack.ready(c);
      }
      return true;
    }
    if (ack == c.sndUna && s.sackBlocks == 0 && (s.payloadLength > 0 || windowChanged)) {
      if (windowChanged) {
        stack.ready(c);
      }
      return true;
    }
    c.probes = 0;
    c.probesNanos = 0;
    acknowledge(c, s, ack, windowChanged);
    return true;
  }

  private void acknowledge(Connection c, Segment s, long ack, boolean windowChanged) {
    AckEvent e = event;
    e.clear();
    e.priorUna = c.sndUna;
    e.priorHighestSacked = c.highestSacked;
    e.priorEverLost = c.sent.everLostBytes;
    e.hasTimestampEcho = c.timestamps && s.hasTimestamps && s.timestampEcho != 0;
    e.timestampEcho = s.timestampEcho;
    e.congestionEcho = Ecn.isEcho(c, s);
    if (c.rate != null) {
      c.rate.begin();
    }
    if (s.sackBlocks > 0 && c.sack) {
      sacks.process(c, s, ack, e);
    }
    if (ack > c.sndUna) {
      advance(c, ack, e);
    } else if (ack == c.sndUna && s.payloadLength == 0 && !windowChanged && !e.dsack) {
      e.duplicate = true;
      stack.counters.increment(StackCounter.DUPLICATE_ACKS_IN);
    }
    if (e.reorderedFrom < e.priorHighestSacked) {
      stack.rack.onReordering(c, e.reorderedFrom, e.priorHighestSacked);
    }
    SentSegment head = c.sent.head;
    // What was SACKed left before the first packet was sent again: the timer counts from now.
    boolean restart = false;
    if (e.acked > 0 || e.sackedNew) {
      restart = measure(c, e) && head != null && e.sackSentNanos != 0;
      restart = restart && e.sackSentNanos < head.sentNanos;
    }
    if (e.acked > 0) {
      restart = true;
      c.retransmits = 0;
      c.neighbor.confirm(stack.now);
      e.reneged = head != null && head.has(SentSegment.SACKED);
    }
    int phase = c.recovery;
    stack.recovery.afterAcknowledgment(c, e);
    if (c.trace != null) {
      stack.tracing.acked(c);
      stack.tracing.recovery(c, phase);
    }
    if (restart && !e.reorderTimerSet) {
      stack.timers.afterAcknowledgment(c);
    }
    if (c.sent.lostBytes > 0 || c.flushedEnd > c.sndNxt || c.finQueued && !c.finSent()) {
      stack.ready(c);
    }
  }

  /** RFC 9293 section 3.10.7.4: SND.WND, from segments that are not older than the last. */
  private boolean updateWindow(Connection c, Segment s, long sequence, long ack) {
    long window = (long) s.window << c.sndWindowShift;
    if (ack > c.sndUna
        || sequence > c.sndWl1
        || (sequence == c.sndWl1 && (window > c.sndWnd || window == 0))) {
      c.sndWl1 = sequence;
      if (window != c.sndWnd) {
        c.sndWnd = window;
        c.maxSndWnd = Math.max(c.maxSndWnd, window);
        return true;
      }
    }
    return false;
  }

  private void advance(Connection c, long ack, AckEvent e) {
    RetransmissionQueue sent = c.sent;
    SentSegment segment;
    while ((segment = sent.head) != null && segment.end <= ack) {
      arrived(c, segment, segment.length(), e);
      sent.removeHead();
      stack.sentPool.give(segment);
    }
    if (segment != null && segment.start < ack) {
      arrived(c, segment, ack - segment.start, e);
      sent.trimHead(ack);
    }
    long end = c.sendQueue.end();
    long payload = Math.min(ack, end) - Math.min(c.sndUna, end);
    e.acked = ack - c.sndUna;
    c.sndUna = ack;
    stack.mtuProbing.onAcknowledged(c);
    if (payload > 0) {
      c.bytesAcked += payload;
      c.sendQueue.acknowledge(stack.ranges, Math.min(ack, end));
      c.more = false;
      stack.sendSpace.onAcknowledged(c);
    }
  }

  private void arrived(Connection c, SentSegment segment, long length, AckEvent e) {
    if (segment.has(SentSegment.SACKED)) {
      return;
    }
    e.deliver(c, length);
    if (segment.has(SentSegment.EVER_RETRANSMITTED)) {
      // What was acknowledged with it may have waited at the peer for it.
      e.retransmitted = true;
    } else {
      if (e.rttSentNanos == 0) {
        e.rttSentNanos = segment.sentNanos;
      }
      e.original(c, segment);
    }
    stack.rack.onDelivered(c, segment, e);
  }

  /**
   * Karn's rule: only packets that were sent once, else the echoed timestamp (RFC 7323 section
   * 4.1).
   */
  private boolean measure(Connection c, AckEvent e) {
    long rtt = -1;
    long sent = e.retransmitted || e.rttSentNanos == 0 ? e.sackSentNanos : e.rttSentNanos;
    if (sent != 0) {
      // To the microsecond: what leaves together is told apart by the last digits only.
      rtt = Math.max(1, stack.now - sent + MICROSECOND - 1) / MICROSECOND * MICROSECOND;
    } else if (e.acked > 0 && e.hasTimestampEcho) {
      int millis = stack.timestamp(c, stack.now) - e.timestampEcho;
      if (millis >= 0 && millis < MAX_TIMESTAMP_RTT) {
        rtt = Math.max(1, millis) * MILLISECOND;
      }
    }
    if (rtt < 0) {
      return false;
    }
    e.rttNanos = rtt;
    RttEstimator.sample(c, rtt, minRto, maxRto);
    if (e.latestSentNanos != 0) {
      // Of what arrived last: the peer may have waited with the rest.
      c.minRtt = Math.min(c.minRtt, Math.max(1, stack.now - e.latestSentNanos));
    }
    c.backoff = 0;
    return true;
  }
}
