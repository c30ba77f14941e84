package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.event.StackEvents;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * How connections end: FIN from either side, TIME_WAIT, orphans, and taking a connection out of
 * every table.
 */
final class Closing {
  private final TcpStack stack;
  private int orphans;

  Closing(TcpStack stack) {
    this.stack = stack;
  }

  /**
   * The peer has our FIN.
   *
   * @param more whether the segment that says so has data or a FIN of its own
   */
  void onFinAcknowledged(Connection c, boolean more) {
    switch (c.state) {
      case FIN_WAIT_1:
        stack.setState(c, TcpState.FIN_WAIT_2);
        if (c.orphan && !more) {
          awaitFin(c);
        } else if (c.orphan) {
          stack.timers.armIdle(c, stack.now + stack.config.finTimeout() * 1_000_000L);
        }
        break;
      case CLOSING:
        enterTimeWait(c, false);
        break;
      case LAST_ACK:
        destroy(c, CloseCause.NORMAL);
        break;
      default:
        break;
    }
  }

  void onRemoteFin(Connection c) {
    switch (c.state) {
      case ESTABLISHED:
        stack.setState(c, TcpState.CLOSE_WAIT);
        break;
      case FIN_WAIT_1:
        stack.setState(c, TcpState.CLOSING);
        break;
      case FIN_WAIT_2:
        enterTimeWait(c, true);
        break;
      default:
        break;
    }
  }

  private void enterTimeWait(Connection c, boolean acknowledge) {
    if (acknowledge) {
      stack.output.sendAckAtOnce(c);
    }
    stack.timeWait.add(c, false, stack.now);
    destroy(c, CloseCause.NORMAL);
  }

  /**
   * An orphan in FIN_WAIT_2 only waits for the peer's FIN, which needs no control block. What is
   * beyond the table's time it waits as a connection (tcp_fin_timeout).
   */
  void awaitFin(Connection c) {
    int seconds = c.options.finTimeout;
    if (seconds < 0) {
      stack.counters.increment(StackCounter.FIN_WAIT_2_TIMEOUTS);
      stack.output.sendReset(c);
      destroy(c, CloseCause.LOCAL_ABORT);
      return;
    }
    long millis = seconds > 0 ? seconds * 1000L : stack.config.finTimeout();
    long wait = millis * 1_000_000L;
    // A FIN that has to be sent again must have its time.
    wait = Math.max(wait, (c.rto << 2) - (c.rto >> 1));
    long longer = wait - stack.timeWait.finWait2Nanos();
    if (longer > 0 || isShort(c)) {
      stack.timers.armIdle(c, stack.now + (longer > 0 ? longer : wait));
    } else {
      leaveForFin(c);
    }
  }

  /** TCP_LINGER2 is less than the time that entries of the table have. */
  private boolean isShort(Connection c) {
    int seconds = c.options.finTimeout;
    return seconds > 0 && seconds * 1_000_000_000L < stack.timeWait.finWait2Nanos();
  }

  /** The control block of an orphan in FIN_WAIT_2 goes, an entry of the TIME_WAIT table stays. */
  void leaveForFin(Connection c) {
    if (isShort(c)) {
      stack.counters.increment(StackCounter.FIN_WAIT_2_TIMEOUTS);
      destroy(c, CloseCause.TIMED_OUT);
      return;
    }
    stack.timeWait.add(c, true, stack.now);
    destroy(c, CloseCause.NORMAL);
  }

  /**
   * The application has closed: counts the orphan, false if there are too many and it was reset.
   */
  boolean orphaned(Connection c) {
    if (orphans >= stack.config.maxOrphans()) {
      stack.counters.increment(StackCounter.ABORT_ON_ORPHANS);
      stack.output.sendReset(c);
      destroy(c, CloseCause.LOCAL_ABORT);
      return false;
    }
    orphans++;
    c.orphan = true;
    return true;
  }

  /** Ends a connection; its handler is told when handlers are called next. */
  void destroy(Connection c, CloseCause cause) {
    if (c.closed) {
      return;
    }
    c.cause = cause;
    detach(c);
    if (!staysReadable(c)) {
      stack.reception.releaseReceiveBuffer(c);
    }
    stack.touch(c);
  }

  /** As in Linux, what the peer sent can be read although the connection is lost. */
  private static boolean staysReadable(Connection c) {
    return c.unread() > 0
        && switch (c.cause) {
          case NORMAL -> true;
          case RESET_BY_PEER, TIMED_OUT, UNREACHABLE -> !c.readClosed;
          default -> false;
        };
  }

  /** Takes a connection out of every table and gives back what it holds for sending. */
  void detach(Connection c) {
    if (c.trace != null) {
      stack.tracing.closed(c);
    }
    StackEvents.closed(c, c.cause, c.retransmittedSegments, c.timeouts, c.srtt, c.cwnd);
    c.closed = true;
    stack.counters.transition(c.state, null);
    c.state = TcpState.CLOSED;
    if (!c.flowInTimeWait) {
      stack.flows.remove(
          c.localHigh, c.localLow, c.localPort, c.remoteHigh, c.remoteLow, c.remotePort);
    }
    stack.connections.remove(c.slot);
    stack.retiredTemplates.retire(c.sendTemplate);
    c.sendTemplate = 0;
    stack.wheel.cancel(c);
    c.sendQueue.clear(stack.ranges, c.sndUna);
    c.sent.clear(stack.sentPool);
    stack.fastOpen.over(c, false);
    if (c.listener != null) {
      c.listener.handshakes--;
      c.listener = null;
    }
    if (c.orphan) {
      orphans--;
    }
  }

  /** Tells the handler that it is over. */
  void end(Connection c) {
    if (c.ended) {
      return;
    }
    c.ended = true;
    if (c.handler != null) {
      c.handler.onClosed(c.cause);
    }
    stack.reception.releaseReceiveBuffer(c);
  }

  void abortHandshakes(Listener listener) {
    for (int i = 0; i < stack.connections.slots(); i++) {
      Connection c = stack.connections.get(i);
      if (c != null && c.listener == listener) {
        stack.output.sendReset(c);
        destroy(c, CloseCause.LOCAL_ABORT);
      }
    }
  }
}
