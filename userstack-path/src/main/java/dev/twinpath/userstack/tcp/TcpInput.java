package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * Received segments of connections: RFC 9293 section 3.10.7.4, with RFC 5961 and RFC 7323's PAWS.
 */
final class TcpInput {
  /** RFC 7323 section 5.5: a timestamp this old proves nothing. */
  private static final long TIMESTAMP_VALIDITY = 24L * 86_400 * 1_000_000_000L;

  private final TcpStack stack;
  private final AckProcessor acks;
  private final DataReceiver data;
  private final Handshake handshake;
  private final Segment segment = new Segment();

  TcpInput(TcpStack stack, Handshake handshake) {
    this.stack = stack;
    this.handshake = handshake;
    handshake.input = this;
    acks = new AckProcessor(stack);
    data = new DataReceiver(stack);
    stack.fastOpen.data = data;
  }

  /** One segment; see {@link dev.twinpath.userstack.ip.TransportReceiver#onSegment}. */
  void onSegment(long ip, long tcp, int length, int tag) {
    stack.counters.increment(StackCounter.SEGMENTS_IN);
    Segment s = segment;
    if (!s.parse(ip, tcp, length)) {
      stack.counters.increment(StackCounter.MALFORMED_SEGMENTS);
      stack.counters.increment(StackCounter.IN_ERRORS);
      return;
    }
    Connection c = find(s, tag);
    if (c == null) {
      handshake.onUnknown(s);
      return;
    }
    c.segmentsIn++;
    if (c.trace != null) {
      stack.tracing.segmentIn(c, s);
    }
    if (s.payloadLength == 0 && s.flags == TcpHeader.ACK) {
      stack.counters.increment(StackCounter.PURE_ACKS_IN);
    }
    if (c.state == TcpState.SYN_SENT) {
      handshake.onSynSent(c, s);
    } else {
      onSegment(c, s);
    }
  }

  private Connection find(Segment s, int tag) {
    Connection c = stack.connections.get(tag);
    if (c != null && c.matches(s)) {
      return c;
    }
    if (tag < 0 && stack.connections.size() == 0) {
      return null;
    }
    // A frame that was received before its connection began, or a tag whose slot changed hands.
    int slot =
        stack.flows.lookup(
            s.destinationHigh,
            s.destinationLow,
            s.destinationPort,
            s.sourceHigh,
            s.sourceLow,
            s.sourcePort);
    return stack.connections.get(slot);
  }

  void onSegment(Connection c, Segment s) {
    long sequence = c.extendSequence(s.sequence);
    if (c.state == TcpState.SYN_RECEIVED && s.has(TcpHeader.SYN) && sequence == c.irs) {
      if (!handshake.onRepeatedSyn(c, s)) {
        return;
      }
      // Simultaneous open: their SYN-ACK counts as the ACK of our SYN.
      s.flags &= ~TcpHeader.SYN;
      sequence++;
    }
    if (!acceptable(c, s, sequence)) {
      return;
    }
    if (s.has(TcpHeader.RST)) {
      reset(c, sequence);
      return;
    }
    if (s.has(TcpHeader.SYN)) {
      // RFC 5961 section 4: whoever is there tells by RST whether the connection is gone.
      stack.counters.increment(StackCounter.SYN_CHALLENGES);
      stack.control.challenge(c);
      return;
    }
    if (!s.has(TcpHeader.ACK)) {
      stack.counters.increment(StackCounter.NO_ACK_DROPS);
      return;
    }
    if (c.state == TcpState.SYN_RECEIVED && !handshake.onHandshakeAck(c, s, sequence)) {
      return;
    }
    c.lastReceivedNanos = stack.now;
    if (!acks.process(c, s, sequence)) {
      return;
    }
    updateTimestamp(c, s, sequence);
    if (c.finQueued && c.sndUna > c.sendQueue.end()) {
      stack.closing.onFinAcknowledged(c, s.payloadLength > 0 || s.has(TcpHeader.FIN));
      if (c.closed) {
        return;
      }
    }
    if (s.payloadLength > 0 || s.has(TcpHeader.FIN)) {
      if (s.payloadLength > 0) {
        stack.ecn.onPayload(c, s);
      }
      data.receive(c, s, sequence);
    } else if (sequence < c.rcvNxt) {
      // A keep-alive or window probe: an old number, to be answered.
      stack.control.answerUnacceptable(c, s, StackCounter.ACKS_SKIPPED_SEQUENCE);
    }
  }

  /** First check: PAWS and the window. Answers what is not acceptable. */
  private boolean acceptable(Connection c, Segment s, long sequence) {
    if (c.timestamps
        && s.hasTimestamps
        && s.timestampValue - c.tsRecent < 0
        && !s.has(TcpHeader.RST)
        && c.tsRecentNanos != 0
        && stack.now - c.tsRecentNanos < TIMESTAMP_VALIDITY) {
      return disorderedAck(c, s, sequence);
    }
    long end = sequence + s.sequenceLength();
    long edge = Math.max(c.rcvWindowEdge, c.rcvNxt);
    if (end >= c.lastAckSent && sequence <= edge
        || s.has(TcpHeader.RST) && isResetAfterFin(c, sequence)) {
      return true;
    }
    stack.counters.increment(StackCounter.OUT_OF_WINDOW);
    if (!s.has(TcpHeader.RST)) {
      if (s.has(TcpHeader.SYN)) {
        stack.counters.increment(StackCounter.SYN_CHALLENGES);
        stack.control.challenge(c);
      } else {
        noteDuplicate(c, s, sequence);
        stack.control.answerUnacceptable(c, s, StackCounter.ACKS_SKIPPED_SEQUENCE);
      }
    }
    return false;
  }

  /**
   * PAWS failed. A bare ACK that was only overtaken by a later one still counts as a duplicate, as
   * Linux has it; what is older than that is dropped, and answered if it carries anything.
   */
  private boolean disorderedAck(Connection c, Segment s, long sequence) {
    boolean bare =
        s.payloadLength == 0 && (s.flags & ~TcpHeader.PSH) == TcpHeader.ACK && sequence == c.rcvNxt;
    int age = c.tsRecent - s.timestampValue;
    if (bare && age <= c.rto / 1_000_000L) {
      long ack = c.extendAcknowledgment(s.acknowledgment);
      if (ack == c.sndUna) {
        return true;
      }
      if (ack < c.sndUna) {
        stack.counters.increment(StackCounter.PAWS_OLD_ACKS);
        return false;
      }
    }
    if (s.has(TcpHeader.SYN)) {
      stack.counters.increment(StackCounter.SYN_CHALLENGES);
      stack.control.challenge(c);
      return false;
    }
    stack.counters.increment(StackCounter.PAWS_DROPS);
    noteDuplicate(c, s, sequence);
    stack.control.answerUnacceptable(c, s, StackCounter.ACKS_SKIPPED_PAWS);
    return false;
  }

  private static void noteDuplicate(Connection c, Segment s, long sequence) {
    long end = sequence + s.payloadLength;
    if (c.sack && s.payloadLength > 0 && sequence < c.rcvNxt && end <= c.rcvNxt) {
      c.dsackStart = sequence;
      c.dsackEnd = end;
    }
  }

  /** Some hosts reset with the number of the FIN that they sent; Linux lets them. */
  private static boolean isResetAfterFin(Connection c, long sequence) {
    return sequence == c.rcvNxt - 1
        && (c.state == TcpState.CLOSE_WAIT
            || c.state == TcpState.LAST_ACK
            || c.state == TcpState.CLOSING);
  }

  /** Whether a number is where the last of the data that came beyond a hole ends. */
  private static boolean isSackEdge(Connection c, long sequence) {
    if (!c.sack || c.receiveBuffer == null || c.receiveBuffer.outOfOrder.isEmpty()) {
      return false;
    }
    IntervalSet set = c.receiveBuffer.outOfOrder;
    return sequence == set.end(set.count() - 1);
  }

  /**
   * RFC 5961 section 3.2: only the exact number resets; one in the window is challenged. With SACK
   * the peer's next number may also be beyond a hole, as Linux takes it.
   */
  private void reset(Connection c, long sequence) {
    if (sequence != c.rcvNxt && !isResetAfterFin(c, sequence) && !isSackEdge(c, sequence)) {
      stack.control.challenge(c);
      return;
    }
    stack.counters.increment(StackCounter.RESETS_IN);
    if (c.state == TcpState.SYN_RECEIVED) {
      stack.counters.increment(StackCounter.ATTEMPT_FAILS);
    } else if (c.state == TcpState.ESTABLISHED || c.state == TcpState.CLOSE_WAIT) {
      stack.counters.increment(StackCounter.ESTABLISHED_RESETS);
    }
    stack.fastOpen.over(c, true);
    stack.closing.destroy(c, CloseCause.RESET_BY_PEER);
  }

  /** RFC 7323 section 4.3: TS.Recent, from segments that span the last ACK sent. */
  private void updateTimestamp(Connection c, Segment s, long sequence) {
    if (c.timestamps
        && s.hasTimestamps
        && sequence <= c.lastAckSent
        && (s.timestampValue - c.tsRecent >= 0
            || stack.now - c.tsRecentNanos >= TIMESTAMP_VALIDITY)) {
      c.tsRecent = s.timestampValue;
      c.tsRecentNanos = stack.now;
    }
  }
}
