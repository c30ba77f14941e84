package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.ip.Neighbor;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TraceEvent;

/**
 * Decides what a connection sends now: SYN, what is lost, new data, probes, or at last a bare ACK.
 * Called once per turn for every connection on the shard's ready list.
 */
final class TcpOutput {
  /** Nothing more to send at present. */
  static final int DONE = 0;

  /** The connection had its share and has more: to the end of the list. */
  static final int MORE = 1;

  /** The transmit ring is full. */
  static final int FULL = 2;

  /** Packets per turn, so that no connection starves the others. */
  private static final int QUOTA = 4;

  /**
   * Pieces of payload in a packet: what the NIC takes, less the header; a small ring takes fewer.
   */
  private final int maxPieces;

  /** What ended the turn of sending new data was the congestion window. */
  private boolean cwndLimited;

  private final TcpStack stack;
  private final LinkOutput link;
  private final SegmentWriter writer;
  private final int maxTso;

  TcpOutput(TcpStack stack, SegmentWriter writer) {
    this.stack = stack;
    this.link = stack.link;
    this.writer = writer;
    maxPieces = Math.max(1, Math.min(stack.maxPieces - 1, link.capacity() / 4));
    maxTso = stack.maxTso;
  }

  /** One turn. Returns {@link #DONE}, {@link #MORE} or {@link #FULL}. */
  int push(Connection c) {
    if (!resolve(c)) {
      return DONE;
    }
    if (c.synPending) {
      if (!link.hasRoom(c.fastOpenWanted ? FastOpen.PIECES : 0)) {
        return FULL;
      }
      sendSyn(c);
      return DONE;
    }
    if (!c.state.isSynchronized() && (c.fastOpenListener == null || c.sndNxt == c.iss)) {
      if (c.ackNow && c.state == TcpState.SYN_RECEIVED && c.sndNxt != c.iss && link.hasRoom(0)) {
        // What was not acceptable is answered in this state too.
        sendAck(c);
      }
      return DONE;
    }
    int result = c.parked || mustPace(c) ? DONE : sendPayload(c);
    if (result == FULL) {
      return FULL;
    }
    if (result == DONE && c.pacer != null && !c.pacer.mustWait(stack.now)) {
      c.pacer.rest();
    }
    if (c.probePending) {
      if (!link.hasRoom(0)) {
        return FULL;
      }
      sendProbe(c);
    }
    if (c.ackNow) {
      if (!link.hasRoom(0)) {
        return FULL;
      }
      sendAck(c);
    }
    return result;
  }

  /** Whether the next hop's link address is known; keeps the header template up to date. */
  private boolean resolve(Connection c) {
    Neighbor neighbor = c.neighbor;
    if (c.neighborVersion == neighbor.version() && neighbor.isUsable()) {
      stack.neighbors.use(neighbor, stack.now);
      return true;
    }
    return stack.path.resolve(c);
  }

  /** Whether the next data departs too far ahead to be handed over; then a timer looks again. */
  private boolean mustPace(Connection c) {
    if (c.pacer == null || !c.pacer.mustWait(stack.now)) {
      return false;
    }
    if (c.sent.lostBytes > 0 || c.flushedEnd > c.sndNxt || c.finQueued && !c.finSent()) {
      c.cwndLimited &= c.rate == null;
      c.pacer.await();
      stack.counters.increment(StackCounter.PACING_WAITS);
      stack.timers.armPacing(c);
    } else {
      c.pacer.rest();
    }
    return true;
  }

  /** Bytes that one packet may have. */
  private int longest(Connection c) {
    return c.pacer == null ? BurstSize.of(c, maxTso) : c.pacer.burst(c, maxTso);
  }

  /** A packet is about to be built: when it departs, as a stamp for RACK too. */
  private long depart(Connection c, int length) {
    if (c.pacer == null) {
      return stack.nextSendStamp();
    }
    boolean idle = c.sndUna == c.sndNxt;
    c.congestion.onSending(c, idle, stack.now);
    long departure = c.pacer.depart(c, length, stack.now);
    c.launch = departure > stack.now ? departure : 0;
    return c.pacer.stamp(departure);
  }

  private int sendPayload(Connection c) {
    int quota = QUOTA;
    if (c.frtoNewData) {
      // RFC 5682 section 3.1 step 2b: first new data, and then see what is said to it.
      int result = sendNew(c, quota);
      if (result != DONE) {
        return result;
      }
      c.frtoNewData = false;
      c.frto &= c.sndNxt > c.recoveryPoint;
    }
    boolean waits = c.frto && c.sndNxt > c.recoveryPoint;
    if (c.sent.lostBytes > 0 && !waits) {
      SentSegment lost;
      while ((lost = c.sent.nextLost()) != null) {
        if (quota-- == 0) {
          return MORE;
        }
        if (c.pacer != null && mustPace(c)) {
          return DONE;
        }
        int result = retransmit(c, lost);
        if (result == FULL) {
          return FULL;
        }
        if (result == DONE) {
          break;
        }
      }
    }
    return sendNew(c, quota);
  }

  /**
   * Sends a lost packet, or as much of it as the window allows, again. DONE = not now, MORE = sent.
   */
  private int retransmit(Connection c, SentSegment lost) {
    long room = c.cwnd - LossRecovery.effectivePipe(c);
    if (room < Math.min(c.mss, lost.length()) && c.pipe() > 0) {
      return DONE;
    }
    if (lost != c.sent.head && lost.start >= c.sndUna + c.sndWnd) {
      return DONE;
    }
    room = Math.min(Math.max(room, c.mss), longest(c));
    return resend(c, lost, room, false);
  }

  private int resend(Connection c, SentSegment segment, long room, boolean probe) {
    boolean fin = segment.has(SentSegment.FIN);
    long data = segment.length() - (fin ? 1 : 0);
    int length = (int) Math.min(Math.min(data, room), maxTso);
    int segmentSize = segmentSize(c);
    if (length < data && length > segmentSize) {
      length -= length % segmentSize;
    }
    if (length > 0) {
      int measured = c.sendQueue.measure(segment.start, length, maxPieces);
      if (measured < 0) {
        park(c);
        return DONE;
      }
      length = measured;
    }
    if (!link.hasRoom(maxPieces)) {
      stack.counters.increment(StackCounter.TX_RING_FULL);
      return FULL;
    }
    if (length < data) {
      c.sent.split(stack.sentPool, segment, segment.start + length);
      fin = false;
    }
    final long stamp = depart(c, length);
    MtuProbing.onRetransmission(c);
    // What the NIC cuts ends with PSH, as Linux has it: the receiver need not wait for more to
    // join.
    int push = segment.has(SentSegment.PUSH) || length > segmentSize ? TcpHeader.PSH : 0;
    writer.send(c, segment.start, length, (fin ? TcpHeader.FIN : 0) | push);
    stack.needless.onRetransmitted(c, segment.segments(segmentSize));
    c.launch = 0;
    c.sent.markRetransmitted(segment, stamp);
    c.lastSentNanos = stack.now;
    if (c.rate != null) {
      c.rate.onSent(segment, false, c.pipe(), stamp);
    }
    c.prrOut += length;
    countRetransmission(c, length, segmentSize, probe);
    if (c.transmitTimer == TransmissionControlBlock.TIMER_NONE
        || segment == c.sent.head && c.transmitTimer == TransmissionControlBlock.TIMER_RETRANSMIT) {
      stack.timers.restartRetransmit(c);
    }
    return MORE;
  }

  private void countRetransmission(Connection c, int length, int segmentSize, boolean probe) {
    int frames = Math.max(1, (length + segmentSize - 1) / segmentSize);
    c.retransmittedSegments += frames;
    c.retransmittedBytes += length;
    stack.counters.add(StackCounter.SEGMENTS_RETRANSMITTED, frames);
    stack.counters.add(StackCounter.BYTES_RETRANSMITTED, length);
    StackCounter cause = StackCounter.RETRANSMITTED_FAST;
    if (probe) {
      cause = StackCounter.RETRANSMITTED_TLP;
    } else if (c.recovery == TransmissionControlBlock.LOSS) {
      cause = StackCounter.RETRANSMITTED_RTO;
    }
    stack.counters.add(cause, frames);
  }

  private int sendNew(Connection c, int quota) {
    long before = c.sndNxt;
    cwndLimited = false;
    int result = sendNewWhile(c, quota);
    boolean limited = cwndLimited || c.cwnd - LossRecovery.effectivePipe(c) < c.mss;
    if (limited || c.sndNxt != before) {
      CwndUsage.validate(c, limited, stack.now);
    }
    return result;
  }

  private int sendNewWhile(Connection c, int quota) {
    int left = quota;
    if (c.mtuSearch != null) {
      int probe = stack.mtuProbing.due(c);
      if (probe < 0) {
        return DONE;
      }
      if (probe > 0 && link.hasRoom(maxPieces) && sendMtuProbe(c, probe)) {
        left--;
      }
    }
    int burst = longest(c);
    while (true) {
      long unsent = c.flushedEnd - c.sndNxt;
      boolean finDue = c.finQueued && c.sndNxt <= c.sendQueue.end();
      if (unsent <= 0 && !finDue) {
        if (c.rate != null) {
          noteApplicationLimit(c);
        }
        if (left < quota && c.noSpace && !c.cwndLimited) {
          LimitTimes.start(c, LimitTimes.BUFFER);
        }
        break;
      }
      if (c.pacer != null && left < quota && mustPace(c)) {
        break;
      }
      int length = (int) Math.min(Math.max(unsent, 0), burst);
      long windowRoom = c.sndUna + c.sndWnd - c.sndNxt;
      if (length > 0) {
        length = allowed(c, unsent, length, windowRoom);
        if (length > 0) {
          length = c.sendQueue.measure(c.sndNxt, length, maxPieces);
        }
        if (length < 0) {
          park(c);
          break;
        }
        if (length == 0) {
          break;
        }
      } else if (windowRoom <= 0) {
        // Only FIN is left, and the window is shut.
        armPersistIfStuck(c);
        break;
      }
      if (left-- == 0) {
        return MORE;
      }
      if (!link.hasRoom(maxPieces)) {
        stack.counters.increment(StackCounter.TX_RING_FULL);
        return FULL;
      }
      boolean fin = finDue && c.sndNxt + length == c.sendQueue.end();
      transmit(c, length, fin, length == unsent && c.flushedEnd != c.moreEnd);
    }
    return DONE;
  }

  /** New data in a segment that is larger than the others (RFC 4821 section 7.1). */
  private boolean sendMtuProbe(Connection c, int length) {
    if (c.sendQueue.measure(c.sndNxt, length, maxPieces) != length) {
      return false;
    }
    int mss = c.mss;
    long start = c.sndNxt;
    // For once the NIC is not to cut it.
    c.mss = length;
    transmit(c, length, false, false);
    c.mss = mss;
    stack.mtuProbing.sent(c, start, length);
    return true;
  }

  /** How much of the unsent data may go now in one packet; 0 = nothing, the reason is noted. */
  private int allowed(Connection c, long unsent, int wanted, long windowRoom) {
    long pipe = LossRecovery.effectivePipe(c);
    long cwndRoom = c.cwnd - pipe;
    int segmentSize = segmentSize(c);
    long room = Math.min(cwndRoom, windowRoom);
    if (room <= 0) {
      noteLimit(c, cwndRoom <= 0, windowRoom);
      return 0;
    }
    int length = (int) Math.min(wanted, room);
    if (length >= unsent) {
      // The last of the data: Nagle holds it back only while something is outstanding.
      return Nagle.holds(c, length) ? wholeSegments(c, length, segmentSize) : length;
    }
    if (length < segmentSize) {
      if (cwndRoom < segmentSize) {
        noteLimit(c, true, windowRoom);
        return pipe > 0 ? 0 : length;
      }
      // Sender-side silly window avoidance (RFC 9293 section 3.8.6.2.1).
      if (windowRoom < c.maxSndWnd / 2) {
        noteLimit(c, false, 0);
        return 0;
      }
      return length;
    }
    length -= length % segmentSize;
    boolean fills = room - length < segmentSize;
    if (fills && length < wanted && BurstSize.worthWaiting(c, length, pipe, stack.now)) {
      cwndLimited |= cwndRoom <= windowRoom;
      return 0;
    }
    return length;
  }

  /** Nothing more to send, while window and pacing would let more go. */
  void noteApplicationLimit(Connection c) {
    boolean idle = c.pacer.ahead(stack.now) == 0;
    if (idle && c.unsentFlushed() < c.mss && c.pipe() < c.cwnd && c.sent.nextLost() == null) {
      c.rate.onApplicationLimited(c.pipe());
    }
  }

  /** As much as may go while a partial segment waits; the timer sends it if nothing else does. */
  private int wholeSegments(Connection c, int length, int segmentSize) {
    int whole = length - length % segmentSize;
    if (whole == 0) {
      armPersistIfStuck(c);
    }
    return whole;
  }

  private void noteLimit(Connection c, boolean byCongestion, long windowRoom) {
    if (byCongestion) {
      cwndLimited = true;
      LimitTimes.stop(c, LimitTimes.WINDOW);
    } else {
      LimitTimes.start(c, LimitTimes.WINDOW);
      if (windowRoom <= 0 && c.sndWnd == 0) {
        stack.counters.increment(StackCounter.ZERO_WINDOW_IN);
      }
      armPersistIfStuck(c);
    }
  }

  private void armPersistIfStuck(Connection c) {
    if (c.sndUna == c.sndNxt) {
      stack.probes.arm(c);
    }
  }

  private void transmit(Connection c, int length, boolean fin, boolean last) {
    boolean push = length > 0 && last;
    int flags = (push || length > segmentSize(c) ? TcpHeader.PSH : 0) | (fin ? TcpHeader.FIN : 0);
    final boolean idle = c.sndUna == c.sndNxt;
    final long stamp = depart(c, length);
    if (length > 0) {
      writer.sendNew(c, c.sndNxt, length, flags | Ecn.takeReduced(c));
    } else {
      writer.send(c, c.sndNxt, length, flags);
    }
    SentSegment segment = stack.sentPool.take();
    segment.start = c.sndNxt;
    segment.end = c.sndNxt + length + (fin ? 1 : 0);
    segment.sentNanos = stamp;
    segment.flags = (fin ? SentSegment.FIN : 0) | (push ? SentSegment.PUSH : 0);
    c.sent.append(segment);
    c.lastSentNanos = stack.now;
    c.sndNxt = segment.end;
    c.launch = 0;
    if (c.rate != null) {
      c.rate.onSent(segment, idle, c.pipe(), stamp);
    }
    if (RateReduction.isActive(c)) {
      c.prrOut += length;
    }
    if (length > 0) {
      stack.acknowledging.payloadSent(c);
      LimitTimes.stop(c, LimitTimes.WINDOW);
      if (length % segmentSize(c) != 0) {
        c.smallEnd = c.sndNxt;
      }
    }
    stack.timers.afterNewData(c);
  }

  /** Payload of a full segment, less the SACK blocks that the next segment will carry. */
  private static int segmentSize(Connection c) {
    return c.mss - SegmentWriter.sackLength(c);
  }

  private void park(Connection c) {
    c.parked = true;
    if (c.trace != null) {
      stack.tracing.event(c, TraceEvent.PARKED, 0, 0, 0);
    }
    stack.counters.increment(StackCounter.RANGES_PARKED);
  }

  private void sendSyn(Connection c) {
    c.synPending = false;
    boolean passive = c.state == TcpState.SYN_RECEIVED;
    boolean first = c.sndNxt == c.iss;
    if (!first && !passive) {
      Ecn.onSynRetransmitted(c);
    }
    if (!first && !passive) {
      stack.fastOpen.onSynTimeout(c);
    }
    writer.sendSyn(c, passive, first);
    c.sndNxt = Math.max(c.sndNxt, c.iss + 1);
    c.synSentNanos = first ? stack.now : 0;
    if (!first) {
      stack.counters.increment(StackCounter.SEGMENTS_RETRANSMITTED);
      stack.counters.increment(StackCounter.RETRANSMITTED_RTO);
      c.retransmittedSegments++;
    }
    if (c.transmitTimer == TransmissionControlBlock.TIMER_NONE) {
      stack.timers.restartRetransmit(c);
    }
  }

  /** A bare ACK. */
  void sendAck(Connection c) {
    writer.send(c, c.sndNxt, 0, 0);
    stack.counters.increment(StackCounter.PURE_ACKS_OUT);
  }

  /** An ACK that cannot wait for the connection's turn; lost if there is no room. */
  void sendAckAtOnce(Connection c) {
    if (resolve(c) && link.hasRoom(0)) {
      sendAck(c);
    } else {
      c.ackNow = true;
      stack.ready(c);
    }
  }

  /**
   * An old sequence number makes the peer answer (RFC 9293 section 3.8.4, as Linux: one before
   * sndUna).
   */
  private void sendProbe(Connection c) {
    c.probePending = false;
    if (c.sndUna == c.sndNxt && c.unsentFlushed() > 0 && c.sndWnd > 0 && !c.parked) {
      // The window is open, only too small to be worth it: now it has to do.
      int length = (int) Math.min(Math.min(c.unsentFlushed(), c.sndWnd), segmentSize(c));
      length = c.sendQueue.measure(c.sndNxt, length, maxPieces);
      if (length > 0 && link.hasRoom(maxPieces)) {
        boolean fin = c.finQueued && c.sndNxt + length == c.sendQueue.end();
        transmit(c, length, fin, true);
        return;
      }
    }
    writer.send(c, c.sndUna - 1, 0, 0);
  }

  /** One segment of new data as a loss probe, if there is some and the peer's window takes it. */
  boolean probeWithNewData(Connection c) {
    long unsent = c.unsentFlushed();
    if (unsent == 0 || c.sndUna + c.sndWnd < c.sndNxt + Math.min(c.mss, unsent) || !canProbe(c)) {
      return false;
    }
    int length = (int) Math.min(unsent, segmentSize(c));
    length = c.sendQueue.measure(c.sndNxt, length, maxPieces);
    if (length <= 0) {
      return false;
    }
    transmit(c, length, c.finQueued && c.sndNxt + length == c.sendQueue.end(), length == unsent);
    return true;
  }

  /** The last segment again as a loss probe. */
  boolean probeWithLast(Connection c) {
    SentSegment last = c.sent.tail;
    if (!canProbe(c)) {
      return false;
    }
    long data = last.length() - (last.has(SentSegment.FIN) ? 1 : 0);
    if (data > c.mss) {
      last = c.sent.split(stack.sentPool, last, last.start + (data - 1) / c.mss * c.mss);
    }
    return resend(c, last, c.mss, true) == MORE;
  }

  private boolean canProbe(Connection c) {
    return !c.parked && resolve(c) && link.hasRoom(maxPieces);
  }

  /** RST, if the way is known. */
  void sendReset(Connection c) {
    if (c.neighbor != null && resolve(c) && link.hasRoom(0)) {
      writer.sendReset(c);
    }
  }
}
