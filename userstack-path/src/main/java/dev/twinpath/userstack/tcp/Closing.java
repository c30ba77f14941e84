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

  void onFinAcknowledged(Connection c) {
    switch (c.state) {
      case FIN_WAIT_1:
        stack.setState(c, TcpState.FIN_WAIT_2);
        if (c.orphan) {
          armFinTimeout(c);
        }
        break;
      case CLOSING:
        enterTimeWait(c);
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
        enterTimeWait(c);
        break;
      default:
        break;
    }
  }

  private void enterTimeWait(Connection c) {
    stack.output.sendAckAtOnce(c);
    stack.timeWait.add(c, stack.now);
    destroy(c, CloseCause.NORMAL);
  }

  void armFinTimeout(Connection c) {
    stack.timers.armIdle(c, stack.now + stack.config.finTimeout() * 1_000_000L);
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
    if (cause != CloseCause.NORMAL || c.unread() == 0) {
      stack.reception.releaseReceiveBuffer(c);
    }
    stack.touch(c);
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
    stack.flows.remove(
        c.localHigh, c.localLow, c.localPort, c.remoteHigh, c.remoteLow, c.remotePort);
    stack.connections.remove(c.slot);
    stack.retiredTemplates.retire(c.sendTemplate);
    c.sendTemplate = 0;
    stack.wheel.cancel(c);
    c.sendQueue.clear(stack.ranges, c.sndUna);
    c.sent.clear(stack.sentPool);
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
    stack.reception.releaseReceiveBuffer(c);
    if (c.handler != null) {
      c.handler.onClosed(c.cause);
    }
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
