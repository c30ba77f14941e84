package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * Segments that begin connections: to listeners (RFC 9293 section 3.10.7.2), in SYN_SENT
 * (3.10.7.3), SYN_RECEIVED, and to nobody (3.10.7.1).
 */
final class Handshake {
  static final int DEFAULT_MSS = 536;
  private static final int DEFAULT_MSS_6 = 1220;

  /** Linux's TCP_MIN_SND_MSS: a peer cannot make us send segments of less. */
  private static final int LEAST_MSS = 48;

  private static final int TIMESTAMPS_LENGTH = 12;
  private static final long SECOND = 1_000_000_000L;

  /** The rest of the ACK that ends a handshake by cookie goes there. */
  TcpInput input;

  private final TcpStack stack;
  private final long initialRto;
  private final TimeWaitInput timeWait;

  /** The SYN at hand takes the place of a connection in TIME_WAIT, and has to begin beyond it. */
  private boolean recycled;

  private int recycledSequence;

  Handshake(TcpStack stack) {
    this.stack = stack;
    timeWait = new TimeWaitInput(stack);
    initialRto = stack.config.initialRto() * 1_000_000L;
  }

  /** A segment of no connection. */
  void onUnknown(Segment s) {
    int entry =
        stack.timeWait.find(
            s.destinationHigh,
            s.destinationLow,
            s.destinationPort,
            s.sourceHigh,
            s.sourceLow,
            s.sourcePort);
    Listener listener =
        stack.listeners.find(s.destinationHigh, s.destinationLow, s.destinationPort);
    recycled = false;
    if (entry != TimeWaitTable.NONE && !onTimeWait(listener, s, entry)) {
      return;
    }
    if (listener == null) {
      stack.counters.increment(StackCounter.NO_LISTENER);
      stack.control.reset(s);
    } else if (s.has(TcpHeader.RST)) {
      stack.counters.increment(StackCounter.RESETS_IN);
    } else if (s.has(TcpHeader.ACK)) {
      if (s.has(TcpHeader.SYN) || !stack.opening.cookies.check(listener, s)) {
        stack.control.reset(s);
      } else {
        onCookie(listener, s);
      }
    } else if (s.has(TcpHeader.SYN) && !s.has(TcpHeader.FIN)) {
      onSyn(listener, s);
    } else {
      stack.counters.increment(StackCounter.NO_ACK_DROPS);
    }
  }

  /** True if the segment begins a new connection in place of one in TIME_WAIT. */
  private boolean onTimeWait(Listener listener, Segment s, int entry) {
    if (!timeWait.onSegment(s, entry, listener != null)) {
      return false;
    }
    recycled = true;
    recycledSequence = stack.timeWait.sndNxt(entry) + TimeWaitInput.BEYOND;
    stack.timeWait.remove(entry);
    return true;
  }

  private void onSyn(Listener listener, Segment s) {
    if (listener.acceptQueueFull()) {
      stack.counters.increment(StackCounter.LISTEN_OVERFLOWS);
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      return;
    }
    if (s.sourcePort == 0 || stack.routes.find(s.sourceHigh, s.sourceLow) == null) {
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      return;
    }
    if (!recycled && stack.opening.cookies.wanted(listener)) {
      stack.opening.cookies.answer(listener, s, peerMss(s));
      return;
    }
    if (listener.synQueueFull()) {
      stack.counters.increment(StackCounter.SYN_QUEUE_DROPS);
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      return;
    }
    Connection c = passive(listener, s);
    if (c == null) {
      return;
    }
    if (recycled) {
      Opening.startAt(c, recycledSequence);
    }
    takeOptions(c, s);
    stack.ecn.onSyn(c, s);
    synReceived(c, s, s.sequence);
    stack.fastOpen.onSyn(listener, c, s);
    if (!c.closed) {
      c.synPending = true;
      stack.ready(c);
    }
  }

  /** A control block for a handshake with a listener; null if there is no room, counted. */
  private Connection passive(Listener listener, Segment s) {
    Connection c =
        stack.connections.isFull()
            ? null
            : stack.opening.create(
                s.destinationHigh,
                s.destinationLow,
                s.destinationPort,
                s.sourceHigh,
                s.sourceLow,
                s.sourcePort);
    if (c == null) {
      stack.counters.increment(StackCounter.CONNECTION_TABLE_FULL);
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      return null;
    }
    if (c.trace != null) {
      stack.tracing.segmentIn(c, s);
    }
    c.inherit(listener.options.frozen());
    c.listener = listener;
    listener.handshakes++;
    stack.setState(c, TcpState.SYN_RECEIVED);
    return c;
  }

  /** The ACK of a cookie: the connection begins now, and the ACK is its first segment. */
  private void onCookie(Listener listener, Segment s) {
    if (listener.acceptQueueFull()) {
      // Nothing is lost: the peer believes to be connected, and what it sends is an ACK again.
      stack.counters.increment(StackCounter.LISTEN_OVERFLOWS);
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      return;
    }
    Connection c = passive(listener, s);
    if (c == null) {
      return;
    }
    Opening.startAt(c, s.acknowledgment - 1);
    c.sndNxt = c.iss + 1;
    takeOptions(c, s);
    c.ecn = stack.opening.cookies.ecn;
    synReceived(c, s, s.sequence - 1);
    stack.window.open(c);
    input.onSegment(c, s);
    if (c.state == TcpState.SYN_RECEIVED) {
      stack.closing.destroy(c, CloseCause.TIMED_OUT);
    }
  }

  /** Their SYN is in: numbers of the receiving side. */
  private void synReceived(Connection c, Segment s, int sequence) {
    c.irs = 1L << 32 | (sequence & 0xffffffffL);
    c.rcvNxt = c.irs + 1;
    c.readPosition = c.rcvNxt;
    c.lastAckSent = c.rcvNxt;
    // What our SYN offered, if there was one, counts from theirs.
    c.rcvWindowEdge = c.rcvNxt + c.rcvThreshold;
    // RFC 7323 section 2.2: the window of a SYN is never scaled.
    c.sndWnd = s.window;
    c.maxSndWnd = s.window;
    c.sndWl1 = c.irs;
    c.lastReceivedNanos = stack.now;
  }

  /** What a SYN said of the MSS, or what it means that it said nothing (RFC 9293 section 3.7.1). */
  private static int peerMss(Segment s) {
    return s.mss != 0 ? s.mss : s.v6 ? DEFAULT_MSS_6 : DEFAULT_MSS;
  }

  /** What both sides offered is in use. */
  private void takeOptions(Connection c, Segment s) {
    c.timestamps = stack.config.timestamps() && s.hasTimestamps;
    c.sack = stack.config.sack() && s.sackPermitted;
    c.windowScaling = stack.config.windowScaling() && s.windowScale >= 0;
    c.sndWindowShift = c.windowScaling ? s.windowScale : 0;
    if (c.timestamps) {
      c.tsRecent = s.timestampValue;
      c.tsRecentNanos = stack.now;
    }
    int peer = peerMss(s);
    if (c.options.maxSegment != 0) {
      peer = Math.min(peer, c.options.maxSegment);
    }
    peer = Math.max(peer, LEAST_MSS);
    int path = stack.paths.get(c.remoteHigh, c.remoteLow, stack.now) - TcpStack.headers(c.v6);
    int most = Math.min(path, stack.advertisedMss(c.v6));
    c.mss = Math.min(peer, most) - (c.timestamps ? TIMESTAMPS_LENGTH : 0);
  }

  /** An active open begins. */
  void begin(Connection c) {
    c.timestamps = stack.config.timestamps();
    c.sack = stack.config.sack();
    c.windowScaling = stack.config.windowScaling();
    c.rto = initialRto;
    stack.ecn.begin(c);
    stack.setState(c, TcpState.SYN_SENT);
    stack.counters.increment(StackCounter.ACTIVE_OPENS);
    c.synPending = true;
    stack.ready(c);
  }

  /** RFC 9293 section 3.10.7.3. */
  void onSynSent(Connection c, Segment s) {
    boolean hasAck = s.has(TcpHeader.ACK);
    if (hasAck) {
      long ack = c.extendAcknowledgment(s.acknowledgment);
      if (ack <= c.iss || ack > c.iss + 1 + c.synData || c.sndNxt == c.iss) {
        stack.counters.increment(StackCounter.UNACCEPTABLE_ACKS);
        stack.control.reset(s);
        return;
      }
      if (c.timestamps
          && s.hasTimestamps
          && s.timestampEcho != 0
          && s.timestampEcho - stack.timestamp(c, stack.now) > 0) {
        stack.counters.increment(StackCounter.PAWS_ACTIVE_DROPS);
        return;
      }
    }
    if (s.has(TcpHeader.RST)) {
      if (hasAck) {
        stack.counters.increment(StackCounter.RESETS_IN);
        stack.counters.increment(StackCounter.ATTEMPT_FAILS);
        stack.closing.destroy(c, CloseCause.REFUSED);
      }
      return;
    }
    if (!s.has(TcpHeader.SYN)) {
      return;
    }
    takeOptions(c, s);
    synReceived(c, s, s.sequence);
    if (!hasAck) {
      // Simultaneous open (section 3.5, figure 8).
      c.fastOpenOption = false;
      stack.ecn.onSyn(c, s);
      stack.setState(c, TcpState.SYN_RECEIVED);
      c.synPending = true;
      stack.ready(c);
      return;
    }
    Ecn.onSynAck(c, s);
    c.sndWl1 = c.irs;
    established(c);
    synDataAcknowledged(c, s);
    c.ackNow = true;
    stack.ready(c);
    if (c.handler != null) {
      c.handler.onConnected();
    }
  }

  /**
   * SYN came again in SYN_RECEIVED.
   *
   * @return true if it also acknowledges ours, and is to be processed as an ACK
   */
  boolean onRepeatedSyn(Connection c, Segment s) {
    if (s.has(TcpHeader.ACK)
        && !s.has(TcpHeader.RST)
        && c.extendAcknowledgment(s.acknowledgment) == c.iss + 1) {
      return true;
    }
    if (!stack.control.isLimited(c, StackCounter.ACKS_SKIPPED_SYN_RECEIVED)) {
      c.synPending = true;
      stack.ready(c);
    }
    return false;
  }

  /** The ACK that completes a handshake in SYN_RECEIVED; false if the segment is dropped. */
  boolean onHandshakeAck(Connection c, Segment s, long sequence) {
    long ack = c.extendAcknowledgment(s.acknowledgment);
    if (ack <= c.iss || ack > c.sndNxt || c.sndNxt == c.iss) {
      stack.counters.increment(StackCounter.UNACCEPTABLE_ACKS);
      stack.control.reset(s);
      return false;
    }
    Listener listener = c.listener;
    if (listener != null
        && c.options.deferredSynAcks > c.retransmits
        && s.payloadLength == 0
        && !s.has(TcpHeader.FIN)) {
      // TCP_DEFER_ACCEPT: the application only wants to hear of connections that say something.
      stack.counters.increment(StackCounter.DEFER_ACCEPT_DROPS);
      c.deferred = true;
      return false;
    }
    if (listener != null && listener.acceptQueueFull()) {
      // As Linux: the ACK is forgotten, SYN-ACK will go out again, and perhaps there is room then.
      stack.counters.increment(StackCounter.LISTEN_OVERFLOWS);
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      return false;
    }
    c.sndWnd = (long) s.window << c.sndWindowShift;
    c.maxSndWnd = Math.max(c.maxSndWnd, c.sndWnd);
    c.sndWl1 = sequence;
    established(c);
    if (c.fastOpenListener != null) {
      stack.fastOpen.over(c, false);
    } else if (listener == null) {
      if (c.handler != null) {
        c.handler.onConnected();
      }
    } else {
      stack.counters.increment(StackCounter.PASSIVE_OPENS);
      listener.handshakes--;
      c.listener = null;
      listener.completed(c);
    }
    return !c.closed;
  }

  /** How much of the data that our SYN carried arrived; the rest is sent again. */
  private void synDataAcknowledged(Connection c, Segment s) {
    long ack = c.extendAcknowledgment(s.acknowledgment);
    stack.fastOpen.onSynAck(c, s, ack);
    if (ack > c.iss + 1) {
      c.bytesAcked += ack - c.iss - 1;
      c.sndUna = ack;
      c.sndNxt = ack;
      c.sendQueue.acknowledge(stack.ranges, ack);
      stack.touchWritable(c);
    }
  }

  /** The peer has answered, and TCP_DEFER_ACCEPT waits for its data: SYN-ACK is not sent again. */
  static boolean awaitsData(Connection c) {
    return c.deferred && c.retransmits < c.options.deferredSynAcks;
  }

  private void established(Connection c) {
    c.sndUna = c.iss + 1;
    c.sendQueueStarted();
    c.retransmits = 0;
    c.deliveredSegments++;
    stack.timers.stopTransmit(c);
    c.rto = initialRto;
    if (c.synSentNanos != 0) {
      RttEstimator.sample(
          c,
          stack.now - c.synSentNanos,
          stack.config.minRto() * 1_000_000L,
          stack.config.maxRto() * 1_000_000L);
    } else if (c.backoff > 0) {
      // RFC 6298 section 5.7: the SYN was sent again, so nothing is known of the round trip.
      c.rto = 3 * initialRto;
    }
    c.backoff = 0;
    c.mssLimit = c.mss;
    stack.mtuProbing.begin(c);
    if (c.sndNxt > c.sndUna) {
      // Data that was sent before the handshake was complete.
      stack.timers.restartRetransmit(c);
    }
    c.cwnd = initialWindow(c);
    c.cwndUsedNanos = stack.now;
    if (c.pacer != null && c.rate == null) {
      c.pacer.follow(c);
    }
    stack.acknowledging.established(c);
    stack.window.established(c);
    stack.sendSpace.expand(c);
    c.cwndUsedNanos = stack.now;
    c.lastSentNanos = stack.now;
    c.lastDataNanos = stack.now;
    c.lastReceivedNanos = stack.now;
    c.neighbor.confirm(stack.now);
    stack.setState(c, TcpState.ESTABLISHED);
    if (c.keepAlive) {
      stack.timers.armIdle(c, stack.now + c.options.keepAliveIdle * SECOND);
    }
    if (c.finQueued) {
      // The application has shut its side already.
      stack.setState(c, TcpState.FIN_WAIT_1);
    }
    stack.ready(c);
  }

  /** RFC 6928; one segment if the SYN was lost more than once, as Linux. */
  private long initialWindow(Connection c) {
    return c.retransmittedSegments > 1
        ? c.mss
        : (long) stack.config.initialWindowSegments() * c.mss;
  }
}
