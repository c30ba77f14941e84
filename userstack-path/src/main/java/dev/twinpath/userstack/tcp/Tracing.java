package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionTrace;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TraceEvent;
import dev.twinpath.userstack.stack.TraceFilter;
import java.util.ArrayList;
import java.util.List;

/**
 * What goes into the traces of connections. A connection that is not traced costs a comparison with
 * null; a shard follows few at once, so that traces stay bounded however many are asked for.
 */
final class Tracing {
  private static final int MAX_TRACES = 16;

  private record Waiting(TraceFilter filter, ConnectionTrace trace) {}

  private final TcpStack stack;
  private final List<Waiting> waiting = new ArrayList<>();
  private final List<ConnectionTrace> traces = new ArrayList<>();

  Tracing(TcpStack stack) {
    this.stack = stack;
  }

  /** See {@code StackShard.trace}. */
  ConnectionTrace begin(TraceFilter filter, int events) {
    traces.removeIf(ConnectionTrace::isEnded);
    if (traces.size() >= MAX_TRACES) {
      throw new IllegalStateException(
          "a shard follows at most " + MAX_TRACES + " connections at once");
    }
    ConnectionTrace trace = new ConnectionTrace(events);
    traces.add(trace);
    for (int i = 0; i < stack.connections.slots(); i++) {
      Connection c = stack.connections.get(i);
      if (c != null && c.trace == null && matches(filter, c)) {
        attach(c, trace);
        return trace;
      }
    }
    waiting.add(new Waiting(filter, trace));
    return trace;
  }

  /** See {@code StackShard.endTrace}. */
  void end(ConnectionTrace trace) {
    traces.remove(trace);
    waiting.removeIf(w -> w.trace() == trace);
    for (int i = 0; i < stack.connections.slots(); i++) {
      Connection c = stack.connections.get(i);
      if (c != null && c.trace == trace) {
        c.trace = null;
      }
    }
  }

  /** A connection came into being. */
  void created(Connection c) {
    for (int i = 0; i < waiting.size(); i++) {
      if (matches(waiting.get(i).filter(), c)) {
        attach(c, waiting.remove(i).trace());
        return;
      }
    }
  }

  private static void attach(Connection c, ConnectionTrace trace) {
    trace.attach(c.id);
    c.trace = trace;
  }

  private static boolean matches(TraceFilter filter, Connection c) {
    return filter.matches(c.remoteAddress(), c.remotePort, c.localPort);
  }

  void segmentIn(Connection c, Segment s) {
    boolean scaled = (s.flags & 2) == 0;
    c.trace.record(
        stack.now,
        TraceEvent.SEGMENT_IN,
        scaled ? (s.sequence - (int) c.irs) & 0xffffffffL : 0,
        s.payloadLength,
        (s.acknowledgment - (int) c.iss) & 0xffffffffL,
        scaled ? (long) s.window << c.sndWindowShift : s.window,
        s.flags);
  }

  void segmentOut(Connection c, long sequence, int length, int window, int flags) {
    boolean scaled = (flags & 2) == 0;
    c.trace.record(
        stack.now,
        length > 0 && sequence < c.sndNxt ? TraceEvent.RETRANSMIT : TraceEvent.SEGMENT_OUT,
        sequence - c.iss,
        length,
        c.irs == 0 ? 0 : c.rcvNxt - c.irs,
        scaled ? (long) window << c.rcvWindowShift : window,
        flags);
  }

  void state(Connection c, TcpState next) {
    c.trace.record(stack.now, TraceEvent.STATE, c.state.ordinal(), next.ordinal(), 0, 0, 0);
  }

  void acked(Connection c) {
    c.trace.record(
        stack.now,
        TraceEvent.ACKED,
        c.sndUna - c.iss,
        c.sndNxt - c.iss,
        c.cwnd,
        c.ssthresh,
        c.srtt);
  }

  void recovery(Connection c, int before) {
    if (before != c.recovery) {
      c.trace.record(
          stack.now, TraceEvent.RECOVERY, before, c.recovery, c.cwnd, c.ssthresh, c.sent.lostBytes);
    }
  }

  /** An event with at most three numbers. */
  void event(Connection c, TraceEvent event, long first, long second, long third) {
    c.trace.record(stack.now, event, first, second, third, 0, 0);
  }

  /** It is over. */
  void closed(Connection c) {
    CloseCause cause = c.cause == null ? CloseCause.LOCAL_ABORT : c.cause;
    event(c, TraceEvent.CLOSED, cause.ordinal(), 0, 0);
    c.trace = null;
  }
}
