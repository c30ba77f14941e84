package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TraceEvent;

/**
 * Probes of a window that is shut (RFC 9293 section 3.8.6.1): at the retransmission timeout, then
 * at ever longer intervals, for as long as the peer answers them; and how long a connection may go
 * without progress at all (RFC 5482, Linux's TCP_USER_TIMEOUT).
 */
final class WindowProbes {
  private static final long MILLISECOND = 1_000_000L;
  private static final long LEAST = 200 * MILLISECOND;
  private static final int MAX_SHIFT = 20;

  private final TcpStack stack;
  private final long maxRto;

  WindowProbes(TcpStack stack) {
    this.stack = stack;
    maxRto = stack.config.maxRto() * MILLISECOND;
  }

  private long interval(Connection c) {
    long interval = Math.min(Math.max(c.rto, LEAST) << Math.min(c.backoff, MAX_SHIFT), maxRto);
    int bound = c.options.userTimeout;
    if (bound == 0 || c.probesNanos == 0) {
      return interval;
    }
    long left = bound * MILLISECOND - (stack.now - c.probesNanos);
    return Math.min(interval, Math.max(left, 2 * MILLISECOND));
  }

  /** Nothing is outstanding that would open the window, or let a held segment go. */
  void arm(Connection c) {
    if (c.transmitTimer == TransmissionControlBlock.TIMER_NONE) {
      stack.timers.armPersist(c, stack.now + interval(c));
    }
  }

  /** An ACK came while nothing is outstanding (Linux's tcp_ack_probe). */
  void onAcknowledgment(Connection c) {
    c.probes = 0;
    if (c.transmitTimer != TransmissionControlBlock.TIMER_PERSIST) {
      return;
    }
    long next = Math.min(Math.max(c.unsentFlushed(), 1), c.mss);
    if (c.unsentFlushed() == 0 && !c.finQueued || next <= c.sndWnd) {
      c.backoff = 0;
      c.probesNanos = 0;
      stack.timers.stopTransmit(c);
      stack.ready(c);
    } else {
      stack.timers.armPersist(c, stack.now + interval(c));
    }
  }

  /** The persist timer has fired. */
  void onTimer(Connection c) {
    if (c.sndUna != c.sndNxt || c.unsentFlushed() == 0 && !c.finQueued) {
      c.probes = 0;
      c.probesNanos = 0;
      return;
    }
    int limit = c.orphan ? stack.config.orphanRetries() : stack.config.retries();
    int bound = c.options.userTimeout;
    boolean late =
        c.probesNanos != 0 && bound != 0 && stack.now - c.probesNanos >= bound * MILLISECOND;
    if (c.probesNanos == 0) {
      c.probesNanos = stack.now;
    }
    if (late || c.probes >= limit) {
      stack.counters.increment(StackCounter.ABORT_ON_TIMEOUT);
      stack.closing.destroy(c, CloseCause.TIMED_OUT);
      return;
    }
    if (c.trace != null) {
      stack.tracing.event(c, TraceEvent.WINDOW_PROBE, c.probes, 0, 0);
    }
    c.probes++;
    c.backoff = Math.min(c.backoff + 1, stack.config.retries());
    c.probePending = true;
    stack.counters.increment(StackCounter.WINDOW_PROBES);
    arm(c);
    stack.ready(c);
  }

  /** Whether retransmissions have gone on for longer than the application allows. */
  boolean overdue(Connection c) {
    int bound = c.options.userTimeout;
    return bound != 0 && c.retransmits > 0 && stack.now - c.retransmitNanos >= bound * MILLISECOND;
  }

  /** A retransmission timeout, cut so that it fires when the application's patience ends. */
  long clamp(Connection c, long timeout) {
    int bound = c.options.userTimeout;
    if (bound == 0 || c.retransmits == 0) {
      return timeout;
    }
    long left = bound * MILLISECOND - (stack.now - c.retransmitNanos);
    return Math.min(timeout, Math.max(left, MILLISECOND));
  }
}
