package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * When received data is acknowledged (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2), as Linux
 * decides it: at once while a connection begins or has trouble, for every second full segment, when
 * the application has read what was small; else late, by a delay that follows the pace of the
 * segments, so that an answer can carry it.
 */
final class Acknowledging {
  static final int QUICK_ACKS = 16;
  private static final long MILLISECOND = 1_000_000L;
  private static final long MAX_DELAY = 200 * MILLISECOND;

  private static final int DEFAULT_MSS = 536;

  private static final int LEAST_MSS = 88;
  private static final int REMNANT = TcpHeader.FIN | TcpHeader.URG | TcpHeader.SYN | TcpHeader.PSH;

  private final TcpStack stack;
  private final long least;

  Acknowledging(TcpStack stack) {
    this.stack = stack;
    least = stack.config.delayedAck() * MILLISECOND;
  }

  /** The handshake is done: a first guess of the peer's segments, low on purpose. */
  void established(Connection c) {
    int guess = Math.min(Math.min(c.advertisedMss, c.mss), DEFAULT_MSS);
    guess = (int) Math.min(guess, ReceiveWindow.offered(c) / 2);
    c.rcvMss = Math.max(guess, LEAST_MSS);
  }

  /** In-order payload came: learns from it (Linux's tcp_event_data_recv). */
  void dataArrived(Connection c, Segment s, int length) {
    c.ackScheduled = true;
    measureSegment(c, s, length);
    stack.window.measure(c, s);
    long now = stack.now;
    if (c.ackTimeout == 0) {
      quick(c, QUICK_ACKS);
      c.ackTimeout = least;
    } else {
      long gap = now - c.lastDataNanos;
      if (gap <= least / 2) {
        c.ackTimeout = c.ackTimeout / 2 + least / 2;
      } else if (gap < c.ackTimeout) {
        c.ackTimeout = Math.min(c.ackTimeout / 2 + gap, c.rto);
      } else if (gap > c.rto) {
        // So long a gap: the sender may begin with a small window again.
        quick(c, QUICK_ACKS);
      }
    }
    c.lastDataNanos = now;
    stack.window.grow(c, length);
  }

  /** Data beyond a hole came: nothing is learnt of pace, but a round trip perhaps. */
  private void measureSegment(Connection c, Segment s, int length) {
    int last = c.lastSegmentSize;
    c.lastSegmentSize = 0;
    // Of joined segments each counts.
    int joined = stack.receivedSegmentSize;
    int size = joined > 0 ? Math.min(joined, length) : length;
    boolean push = s.has(TcpHeader.PSH);
    if (size >= c.rcvMss) {
      c.rcvMss = Math.min(size, c.advertisedMss);
      c.ackPushed |= push;
      return;
    }
    int header = TcpHeader.MIN_LENGTH + s.optionsLength;
    int invariant = size + header;
    if (invariant >= DEFAULT_MSS + TcpHeader.MIN_LENGTH
        || invariant >= LEAST_MSS + TcpHeader.MIN_LENGTH && (s.flags & REMNANT) == 0) {
      int segment = invariant - TcpHeader.MIN_LENGTH - (c.timestamps ? 12 : 0);
      c.lastSegmentSize = segment;
      if (segment == last) {
        c.rcvMss = segment;
        return;
      }
    }
    c.ackPushedTwice |= c.ackPushed;
    c.ackPushed = true;
  }

  /** At least so many of the next ACKs are not delayed. */
  void quick(Connection c, int most) {
    long acks = ReceiveWindow.offered(c) / (2L * Math.max(1, c.rcvMss));
    int count = (int) Math.min(acks == 0 ? 2 : acks, most);
    c.quickAcks = Math.max(c.quickAcks, count);
  }

  /** Trouble: ACKs at once for a while (Linux's tcp_enter_quickack_mode). */
  void enterQuick(Connection c, int most) {
    quick(c, most);
    c.interactive = false;
    c.ackTimeout = least;
  }

  /** Payload was taken: now, or later. */
  void decide(Connection c) {
    boolean second =
        c.rcvNxt - c.lastAckSent > c.rcvMss && stack.window.select(c) >= ReceiveWindow.offered(c);
    boolean quickNow = c.quickAcks > 0 && !c.interactive;
    boolean hole = c.receiveBuffer != null && !c.receiveBuffer.outOfOrder.isEmpty();
    if (second || quickNow || hole || c.ackNow) {
      c.ackNow = true;
      stack.ready(c);
    } else {
      delay(c);
    }
  }

  private void delay(Connection c) {
    long delay = c.ackTimeout;
    if (delay > least) {
      long most = c.srtt > 0 ? Math.max(c.srtt, least) : MAX_DELAY;
      delay = Math.min(delay, Math.min(most, MAX_DELAY));
    }
    long deadline = stack.now + delay;
    if (c.ackDelayed) {
      if (c.ackDeadline <= stack.now + delay / 4) {
        // About to fire: no sooner said than done.
        c.ackNow = true;
        stack.ready(c);
        return;
      }
      deadline = Math.min(deadline, c.ackDeadline);
    }
    c.ackDelayed = true;
    c.ackDeadline = deadline;
    stack.wheel.armNoLaterThan(c, deadline);
  }

  /** The delay is over. */
  void onDelayOver(Connection c) {
    if (!c.ackDelayed) {
      return;
    }
    c.ackDelayed = false;
    if (c.interactive) {
      // No answer came that could have carried it.
      c.interactive = false;
      c.ackTimeout = least;
    } else {
      c.ackTimeout = Math.min(2 * c.ackTimeout, c.rto);
    }
    c.ackNow = true;
    stack.counters.increment(StackCounter.DELAYED_ACKS);
    stack.ready(c);
  }

  /** A segment with an ACK left. */
  void sent(Connection c) {
    if (c.quickAcks > 0 && c.ackScheduled) {
      c.quickAcks--;
      if (c.quickAcks == 0) {
        c.ackTimeout = least;
      }
    }
    c.ackScheduled = false;
    c.ackPushed = false;
    c.ackPushedTwice = false;
    c.ackNow = false;
    c.ackDelayed = false;
    c.ackDeadline = TransmissionControlBlock.NEVER;
  }

  /** Payload left soon after payload came: an answer, and so may be the next. */
  void payloadSent(Connection c) {
    if (stack.now - c.lastDataNanos < c.ackTimeout) {
      c.interactive = true;
    }
  }

  /**
   * The application took bytes (Linux's tcp_cleanup_rbuf): an ACK that was held back for a small
   * segment goes, and so does a window that has become much wider.
   */
  void onRead(Connection c) {
    if (c.closed || c.ackNow) {
      return;
    }
    if (c.ackScheduled) {
      boolean drained = c.receiveBuffer == null || c.unread() == 0;
      boolean small = c.ackPushedTwice || c.ackPushed && !c.interactive;
      if (c.rcvNxt - c.lastAckSent > c.rcvMss || small && drained) {
        c.ackNow = true;
        stack.ready(c);
        return;
      }
    }
    if (!c.state.canReceive()) {
      return;
    }
    long current = ReceiveWindow.current(c);
    if (2 * current <= c.windowClamp) {
      long window = stack.window.select(c);
      if (window > 0 && window >= 2 * current) {
        c.ackNow = true;
        stack.ready(c);
      }
    }
  }

  /** TCP_QUICKACK was set. */
  void option(Connection c, boolean on) {
    c.interactive = !on;
    boolean open = c.state == TcpState.ESTABLISHED || c.state == TcpState.CLOSE_WAIT;
    if (on && open && c.ackScheduled) {
      c.ackPushed = true;
      onRead(c);
    }
  }
}
