package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.event.StackEvents;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TraceEvent;

/**
 * A connection's timers. Deadlines are fields of the control block; the wheel only holds the
 * connection at its earliest one and looks again when that fires.
 */
final class TcpTimers {
  private static final long MILLISECOND = 1_000_000L;
  private static final long SECOND = 1_000 * MILLISECOND;

  /** RFC 8985's WCDelAckT: how long a peer may hold back an ACK. */
  private static final long PEER_DELAYED_ACK = 200 * MILLISECOND;

  private static final long LOSS_PROBE_MARGIN = 2 * MILLISECOND;

  /** The probe timeout while no round trip was measured (RFC 8985 section 7.2). */
  private static final long FIRST_LOSS_PROBE = 1000 * MILLISECOND;

  private final TcpStack stack;
  private final long maxRto;

  TcpTimers(TcpStack stack) {
    this.stack = stack;
    maxRto = stack.config.maxRto() * MILLISECOND;
  }

  /** RTO with its backoff. */
  long timeout(Connection c) {
    int shift = Math.min(c.backoff, 20);
    return Math.min(c.rto << shift, maxRto);
  }

  private void arm(Connection c, int timer, long deadline) {
    c.transmitTimer = timer;
    c.transmitDeadline = deadline;
    stack.wheel.armNoLaterThan(c, deadline);
  }

  void stopTransmit(Connection c) {
    c.transmitTimer = TransmissionControlBlock.TIMER_NONE;
    c.transmitDeadline = TransmissionControlBlock.NEVER;
  }

  /**
   * RFC 6298 rule 5.3: restarts the retransmission timer, or stops it if nothing is outstanding.
   */
  void restartRetransmit(Connection c) {
    if (c.sndUna == c.sndNxt) {
      stopTransmit(c);
    } else {
      long timeout = stack.probes.clamp(c, timeout(c));
      arm(c, TransmissionControlBlock.TIMER_RETRANSMIT, lastDeparture(c) + timeout);
    }
  }

  /** Sets the retransmission timer to fire after so long, whatever it was for before. */
  void armRetransmit(Connection c, long wait) {
    arm(c, TransmissionControlBlock.TIMER_RETRANSMIT, stack.now + wait);
  }

  /** What is handed to the NIC ahead of its time has not left yet. */
  private long lastDeparture(Connection c) {
    return c.pacer == null ? stack.now : stack.now + c.pacer.ahead(stack.now);
  }

  /**
   * The same as {@link #restartRetransmit}; but where another timer stood in for it meanwhile, what
   * has passed since the first packet was sent counts, as in Linux.
   */
  private void rearmRetransmit(Connection c, boolean stoodIn) {
    SentSegment head = c.sent.head;
    if (head == null || !stoodIn) {
      restartRetransmit(c);
    } else {
      armRetransmit(c, Math.max(1, head.sentNanos + timeout(c) - stack.now));
    }
  }

  private static boolean standsIn(int timer) {
    return timer == TransmissionControlBlock.TIMER_REORDER
        || timer == TransmissionControlBlock.TIMER_LOSS_PROBE;
  }

  /** Something was acknowledged, and no reordering timer is needed for what is outstanding. */
  void afterAcknowledgment(Connection c) {
    if (c.sndUna == c.sndNxt) {
      stopTransmit(c);
    } else if (!scheduleLossProbe(c, timeout(c))) {
      rearmRetransmit(c, standsIn(c.transmitTimer));
    }
  }

  /** New data left: RFC 6298 rule 5.1, and RFC 8985 section 7.2 for the loss probe. */
  void afterNewData(Connection c) {
    switch (c.transmitTimer) {
      case TransmissionControlBlock.TIMER_NONE:
      case TransmissionControlBlock.TIMER_PERSIST:
        restartRetransmit(c);
        break;
      case TransmissionControlBlock.TIMER_REORDER:
        return;
      default:
        break;
    }
    SentSegment head = c.sent.head;
    if (head != null && !scheduleLossProbe(c, head.sentNanos + timeout(c) - stack.now)) {
      if (c.transmitTimer == TransmissionControlBlock.TIMER_LOSS_PROBE) {
        rearmRetransmit(c, true);
      }
    }
  }

  /**
   * Sets the loss probe's timer in place of the retransmission timer, where a probe may be sent
   * (RFC 8985 section 7.2).
   *
   * @param timeout when the retransmission timer would fire; the probe is no later
   */
  private boolean scheduleLossProbe(Connection c, long timeout) {
    if (!c.sack
        || c.recovery != TransmissionControlBlock.OPEN
            && c.recovery != TransmissionControlBlock.REDUCTION
        || c.sndUna == c.sndNxt
        || c.state.ordinal() < TcpState.ESTABLISHED.ordinal()) {
      return false;
    }
    long wait = FIRST_LOSS_PROBE;
    if (c.srtt != 0) {
      SentSegment head = c.sent.head;
      boolean single = head == c.sent.tail && head != null && head.length() <= c.mss;
      wait = 2 * c.srtt + (single ? PEER_DELAYED_ACK : LOSS_PROBE_MARGIN);
    }
    if (timeout > 0) {
      wait = Math.min(wait, timeout);
    }
    arm(c, TransmissionControlBlock.TIMER_LOSS_PROBE, lastDeparture(c) + wait);
    return true;
  }

  /** The next packet departs too far ahead. */
  void armPacing(Connection c) {
    c.pacingDeadline = c.pacer.wakeUp();
    stack.wheel.armNoLaterThan(c, c.pacingDeadline);
  }

  void armReorder(Connection c, long wait) {
    arm(c, TransmissionControlBlock.TIMER_REORDER, stack.now + wait);
  }

  void armPersist(Connection c, long deadline) {
    arm(c, TransmissionControlBlock.TIMER_PERSIST, deadline);
  }

  /** Sets the timer for long silences: keep-alive, FIN_WAIT_2. */
  void armIdle(Connection c, long deadline) {
    c.idleDeadline = deadline;
    if (deadline != TransmissionControlBlock.NEVER) {
      stack.wheel.armNoLaterThan(c, deadline);
    }
  }

  /** The wheel fired for a connection: does what is due and arms again. */
  void onTimer(Connection c) {
    if (c.closed) {
      return;
    }
    long now = stack.now;
    if (c.ackDeadline <= now) {
      c.ackDeadline = TransmissionControlBlock.NEVER;
      stack.acknowledging.onDelayOver(c);
    }
    if (c.pacingDeadline <= now) {
      c.pacingDeadline = TransmissionControlBlock.NEVER;
      stack.ready(c);
    }
    if (c.transmitDeadline <= now) {
      onTransmitTimer(c);
    }
    if (!c.closed && c.idleDeadline <= now) {
      onIdle(c, now);
    }
    if (!c.closed) {
      long next = c.earliestDeadline();
      if (next != TransmissionControlBlock.NEVER) {
        stack.wheel.armNoLaterThan(c, next);
      }
    }
  }

  private void onTransmitTimer(Connection c) {
    int timer = c.transmitTimer;
    stopTransmit(c);
    switch (timer) {
      case TransmissionControlBlock.TIMER_RETRANSMIT:
        onRetransmit(c);
        break;
      case TransmissionControlBlock.TIMER_PERSIST:
        stack.probes.onTimer(c);
        break;
      case TransmissionControlBlock.TIMER_REORDER:
        stack.recovery.onReorderTimer(c);
        if (c.transmitTimer == TransmissionControlBlock.TIMER_NONE && c.sndUna != c.sndNxt) {
          rearmRetransmit(c, true);
        }
        stack.ready(c);
        break;
      case TransmissionControlBlock.TIMER_LOSS_PROBE:
        if (c.sndUna != c.sndNxt) {
          boolean sent = stack.lossProbe.send(c);
          if (sent && c.trace != null) {
            stack.tracing.event(c, TraceEvent.LOSS_PROBE, 0, 0, 0);
          }
          rearmRetransmit(c, !sent);
        }
        break;
      default:
        break;
    }
  }

  private void onRetransmit(Connection c) {
    if (c.state == TcpState.SYN_SENT || c.state == TcpState.SYN_RECEIVED) {
      onHandshakeTimeout(c);
      return;
    }
    if (c.sndUna == c.sndNxt) {
      return;
    }
    stack.counters.increment(StackCounter.TIMEOUTS);
    c.timeouts++;
    int limit = c.orphan ? stack.config.orphanRetries() : stack.config.retries();
    boolean peerAlive = c.sndWnd == 0 && stack.now - c.lastReceivedNanos < 2 * timeout(c);
    boolean bounded = c.options.userTimeout != 0;
    if (bounded ? stack.probes.overdue(c) : c.retransmits >= limit && !peerAlive) {
      stack.counters.increment(StackCounter.ABORT_ON_TIMEOUT);
      stack.closing.destroy(c, CloseCause.TIMED_OUT);
      return;
    }
    if (c.retransmits == 0) {
      c.retransmitNanos = stack.now;
    }
    if (c.trace != null) {
      stack.tracing.event(c, TraceEvent.TIMEOUT, c.retransmits + 1, timeout(c), c.cwnd);
    }
    StackEvents.timeout(c, c.retransmits + 1, timeout(c), c.outstanding());
    stack.mtuProbing.onTimeout(c);
    stack.recovery.onTimeout(c);
    c.retransmits++;
    c.backoff++;
    restartRetransmit(c);
    stack.ready(c);
  }

  private void onHandshakeTimeout(Connection c) {
    boolean active = c.state == TcpState.SYN_SENT;
    int limit = active ? c.options.synCount() : stack.config.synAckRetries();
    stack.counters.increment(StackCounter.TIMEOUTS);
    c.timeouts++;
    boolean waiting = c.deferred && c.retransmits < c.options.deferredSynAcks;
    if (stack.probes.overdue(c) || c.retransmits >= limit && !waiting) {
      stack.counters.increment(StackCounter.ATTEMPT_FAILS);
      stack.closing.destroy(c, CloseCause.TIMED_OUT);
      return;
    }
    if (c.retransmits == 0) {
      c.retransmitNanos = stack.now;
    }
    c.retransmits++;
    c.backoff++;
    c.synPending = !Handshake.awaitsData(c);
    restartRetransmit(c);
    stack.ready(c);
  }

  private void onIdle(Connection c, long now) {
    c.idleDeadline = TransmissionControlBlock.NEVER;
    if (c.orphan && c.state == TcpState.FIN_WAIT_2) {
      stack.closing.leaveForFin(c);
      return;
    }
    if (!c.keepAlive || !c.state.isSynchronized()) {
      return;
    }
    long silent = now - c.lastReceivedNanos;
    long idle = c.options.keepAliveIdle * SECOND;
    long due = idle + c.keepAliveProbes * c.options.keepAliveInterval * SECOND;
    if (c.sndUna != c.sndNxt || c.unsentFlushed() > 0) {
      // The retransmission or persist timer watches the peer meanwhile.
      armIdle(c, now + idle);
    } else if (silent < due) {
      armIdle(c, c.lastReceivedNanos + due);
    } else if (keepAliveOver(c, silent)) {
      stack.counters.increment(StackCounter.ABORT_ON_TIMEOUT);
      stack.output.sendReset(c);
      stack.closing.destroy(c, CloseCause.TIMED_OUT);
    } else {
      if (c.trace != null) {
        stack.tracing.event(c, TraceEvent.KEEPALIVE_PROBE, c.keepAliveProbes, 0, 0);
      }
      c.keepAliveProbes++;
      c.probePending = true;
      stack.counters.increment(StackCounter.KEEPALIVE_PROBES);
      stack.ready(c);
      armIdle(c, now + c.options.keepAliveInterval * SECOND);
    }
  }

  /** Enough probes unanswered, or, with a user timeout, silence for longer than that. */
  private static boolean keepAliveOver(Connection c, long silent) {
    int bound = c.options.userTimeout;
    return bound != 0
        ? silent >= bound * MILLISECOND && c.keepAliveProbes > 0
        : c.keepAliveProbes >= c.options.keepAliveCount;
  }
}
