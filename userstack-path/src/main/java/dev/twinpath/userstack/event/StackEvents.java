package dev.twinpath.userstack.event;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.TcpConnection;

/** Where the stack reports what a recording may want to have. Any thread. */
public final class StackEvents {
  private StackEvents() {}

  /** A connection is over; its counts are what they were. */
  public static void closed(
      TcpConnection c,
      CloseCause cause,
      long retransmitted,
      long timeouts,
      long smoothedRtt,
      long window) {
    ConnectionClosedEvent event = new ConnectionClosedEvent();
    if (event.isEnabled()) {
      event.local = c.localAddress().withPort(c.localPort());
      event.remote = c.remoteAddress().withPort(c.remotePort());
      event.state = c.state().name();
      event.cause = cause == null ? CloseCause.LOCAL_ABORT.name() : cause.name();
      event.bytesAcked = c.bytesAcked();
      event.bytesReceived = c.bytesReceived();
      event.retransmittedSegments = retransmitted;
      event.timeouts = timeouts;
      event.smoothedRtt = smoothedRtt;
      event.congestionWindow = window;
      event.commit();
    }
  }

  /** A retransmission timer fired. */
  public static void timeout(TcpConnection c, int inARow, long timeoutNanos, long outstanding) {
    RetransmissionTimeoutEvent event = new RetransmissionTimeoutEvent();
    if (event.isEnabled()) {
      event.local = c.localAddress().withPort(c.localPort());
      event.remote = c.remoteAddress().withPort(c.remotePort());
      event.inARow = inARow;
      event.timeout = timeoutNanos;
      event.outstanding = outstanding;
      event.commit();
    }
  }

  /** A loss was found and the window is reduced. */
  public static void recovery(TcpConnection c, long windowBefore, long threshold, long lost) {
    LossRecoveryEvent event = new LossRecoveryEvent();
    if (event.isEnabled()) {
      event.local = c.localAddress().withPort(c.localPort());
      event.remote = c.remoteAddress().withPort(c.remotePort());
      event.windowBefore = windowBefore;
      event.threshold = threshold;
      event.lost = lost;
      event.commit();
    }
  }
}
