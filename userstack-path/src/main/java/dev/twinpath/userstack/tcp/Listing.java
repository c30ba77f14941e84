package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.ListenerInfo;
import dev.twinpath.userstack.stack.TimeWaitInfo;
import dev.twinpath.userstack.stack.TimerInfo;
import java.util.function.Consumer;

/** What a shard has besides connections, to be looked at. Shard's thread. */
public final class Listing {
  private Listing() {}

  /** Snapshots every listener, by port. */
  public static void listeners(TcpStack stack, Consumer<ListenerInfo> consumer) {
    stack.listeners.forEach(
        l ->
            consumer.accept(
                new ListenerInfo(
                    l.localAddress(),
                    l.localPort(),
                    l.backlog(),
                    l.acceptQueueLength(),
                    l.synQueueLength())));
  }

  /** Snapshots every connection without a control block, in order of expiry by state. */
  public static void timeWait(TcpStack stack, Consumer<TimeWaitInfo> consumer) {
    stack.timeWait.forEach(stack.now, consumer);
  }

  /** The timer that Linux's inet_diag would name: the first of those that run. */
  static TimerInfo timer(Connection c) {
    long now = c.stack.now;
    boolean persist = c.transmitTimer == TransmissionControlBlock.TIMER_PERSIST;
    if (c.transmitDeadline != TransmissionControlBlock.NEVER) {
      int count = persist ? c.probes : c.retransmits;
      return new TimerInfo(persist ? "persist" : "on", left(c.transmitDeadline, now), count);
    }
    if (c.idleDeadline != TransmissionControlBlock.NEVER) {
      return new TimerInfo("keepalive", left(c.idleDeadline, now), c.keepAliveProbes);
    }
    if (c.ackDeadline != TransmissionControlBlock.NEVER) {
      return new TimerInfo("delack", left(c.ackDeadline, now), 0);
    }
    return TimerInfo.OFF;
  }

  private static long left(long deadline, long now) {
    return Math.max(0, deadline - now);
  }
}
