package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * How much the peer may send (RFC 9293 section 3.8.6, RFC 7323 section 2), as Linux decides it: a
 * first window of whole segments, a threshold that grows with what comes, a buffer that grows with
 * what the application reads in a round trip, and an edge that never moves back.
 *
 * <p>Half of a receive buffer is window; the other half stands for the overhead of the memory that
 * holds it (tcp_adv_win_scale 1).
 */
final class ReceiveWindow {
  private static final int MAX_FIELD = 65535;
  private static final int MAX_SHIFT = 14;
  private static final int TIMESTAMPS_LENGTH = 12;

  /** What Linux's buffer of a small segment costs beside the payload. */
  private static final int SEGMENT_OVERHEAD = 768;

  private static final int LEAST_GROWING = 128;

  private final TcpStack stack;
  private final int greatest;
  private final int greatestOption;

  ReceiveWindow(TcpStack stack) {
    this.stack = stack;
    greatest = stack.config.rmemMax();
    greatestOption = stack.config.maxReceiveOption();
  }

  /** The window that a receive buffer gives. */
  static int windowOf(int space) {
    return space / 2;
  }

  /** Payload bytes of a full segment, as the peer is told. */
  int advertisedMss(OptionValues options, boolean v6) {
    int most = stack.advertisedMss(v6);
    return options.maxSegment == 0 ? most : Math.min(options.maxSegment, most);
  }

  private static int clamp(OptionValues options) {
    int full = windowOf(options.receiveBuffer());
    int clamp = options.windowClamp;
    if (options.receiveBuffer != 0 && (clamp > full || clamp == 0)) {
      clamp = full;
    }
    return clamp == 0 ? MAX_FIELD << MAX_SHIFT : clamp;
  }

  /**
   * The window field of a SYN or SYN-ACK, whole segments and never scaled (RFC 7323 section 2.2).
   */
  static int firstWindow(OptionValues options, int segment) {
    int space = Math.min(clamp(options), windowOf(options.receiveBuffer()));
    if (space > segment) {
      space -= space % segment;
    }
    return Math.min(space, MAX_FIELD);
  }

  /** The window scale of a SYN or SYN-ACK: enough for the greatest buffer. */
  int firstShift(OptionValues options) {
    int most = Math.max(windowOf(options.receiveBuffer()), Math.max(greatest, greatestOption));
    most = Math.min(most, clamp(options));
    return Math.max(0, Math.min(MAX_SHIFT, 31 - Integer.numberOfLeadingZeros(most) - 15));
  }

  /**
   * A SYN or SYN-ACK leaves: chooses the first window and the shift.
   *
   * @return the window field
   */
  int open(Connection c) {
    c.advertisedMss = advertisedMss(c.options, c.v6);
    boolean passive = c.state == TcpState.SYN_RECEIVED;
    int segment = c.advertisedMss - (passive && c.timestamps ? TIMESTAMPS_LENGTH : 0);
    int window = firstWindow(c.options, segment);
    c.rcvWindowShift = c.windowScaling ? firstShift(c.options) : 0;
    c.windowClamp = Math.min(MAX_FIELD << c.rcvWindowShift, clamp(c.options));
    c.rcvThreshold = window;
    c.rcvWindowEdge = Math.max(c.rcvWindowEdge, c.rcvNxt + window);
    return window;
  }

  /** The handshake is done (Linux's tcp_init_buffer_space). */
  void established(Connection c) {
    if (!c.windowScaling) {
      c.rcvWindowShift = 0;
      c.windowClamp = Math.min(c.windowClamp, MAX_FIELD);
    }
    int most = windowOf(c.receiveSpace);
    int segment = c.advertisedMss;
    if (c.windowClamp >= most) {
      c.windowClamp = most > 4 * segment ? Math.max(most, 4 * segment) : most;
    }
    if (c.windowClamp > 2 * segment && c.windowClamp + segment > most) {
      c.windowClamp = Math.max(2 * segment, most - segment);
    }
    c.rcvThreshold = Math.min(c.rcvThreshold, c.windowClamp);
    c.rcvSpace = (int) Math.min(Math.min(c.rcvThreshold, offered(c)), (long) 10 * c.advertisedMss);
    c.rcvSpaceSequence = c.readPosition;
    c.rcvSpaceNanos = stack.now;
  }

  /** Bytes that the last segment offered. */
  static long offered(Connection c) {
    return Math.max(0, c.rcvWindowEdge - c.lastAckSent);
  }

  /** Bytes from rcvNxt on that the peer was offered and did not use. */
  static long current(Connection c) {
    return Math.max(0, c.rcvWindowEdge - c.rcvNxt);
  }

  /** The window that the buffer's free part gives. */
  private static int free(Connection c) {
    long held = c.rcvNxt - c.readPosition;
    if (c.receiveBuffer != null && !c.receiveBuffer.outOfOrder.isEmpty()) {
      held = Math.max(held, c.receiveBuffer.memory());
    }
    return (int) Math.max(Integer.MIN_VALUE, windowOf(c.receiveSpace) - held);
  }

  /** The window to offer now, before it is kept from shrinking (Linux's __tcp_select_window). */
  long select(Connection c) {
    int mss = c.rcvMss;
    int allowed = windowOf(c.receiveSpace);
    int full = Math.min(c.windowClamp, allowed);
    int free = free(c);
    if (mss > full) {
      mss = full;
      if (mss <= 0) {
        return 0;
      }
    }
    int shift = c.rcvWindowShift;
    if (free < full >> 1) {
      c.quickAcks = 0;
      if (stack.memory.underPressure()) {
        underPressure(c);
      }
      free = free >> shift << shift;
      // Silly windows are not offered: rather none (RFC 9293 section 3.8.6.2.2).
      if (free < allowed >> 4 || free < mss) {
        return 0;
      }
    }
    free = Math.min(free, c.rcvThreshold);
    if (shift > 0) {
      return (long) free + (1 << shift) - 1 >> shift << shift;
    }
    long window = offered(c);
    if (window <= free - mss || window > free) {
      return free - free % mss;
    }
    if (mss == full && free > window + (full >> 1)) {
      return free;
    }
    return window;
  }

  /** The field of a segment that leaves now; remembers what the peer was told. */
  int advertise(Connection c) {
    long before = offered(c);
    long current = current(c);
    int shift = c.rcvWindowShift;
    if (c.ackNoMemory) {
      // What came last found no room: the peer must not go on, whatever it was promised.
      c.ackNoMemory = false;
      stack.counters.increment(StackCounter.ZERO_WINDOW_OUT);
      return 0;
    }
    long window = select(c);
    if (window < current) {
      if (window == 0) {
        stack.counters.increment(StackCounter.WANTED_ZERO_WINDOW);
      }
      // What was promised stays, rounded up so that scaling takes nothing of it back.
      window = current + (1 << shift) - 1 >> shift << shift;
    }
    int field = (int) Math.min(window, (long) MAX_FIELD << shift) >> shift;
    if (field == 0 && before > 0) {
      stack.counters.increment(StackCounter.ZERO_WINDOW_OUT);
    } else if (field > 0 && before == 0) {
      stack.counters.increment(StackCounter.FROM_ZERO_WINDOW_OUT);
    }
    c.rcvWindowEdge = Math.max(c.rcvWindowEdge, c.rcvNxt + ((long) field << shift));
    return field;
  }

  /** Payload came, in order (Linux's tcp_grow_window). */
  void grow(Connection c, int length) {
    if (length < LEAST_GROWING) {
      return;
    }
    int room = Math.min(c.windowClamp, free(c)) - c.rcvThreshold;
    if (room <= 0) {
      return;
    }
    if (stack.memory.underPressure()) {
      underPressure(c);
      return;
    }
    int increment = increment(c, length);
    if (increment > 0) {
      c.rcvThreshold += Math.min(room, Math.max(increment, 2 * length));
      c.quickAcks |= 1;
    }
  }

  private int increment(Connection c, int length) {
    int size = windowOf(length + SEGMENT_OVERHEAD);
    if (size <= length) {
      return 2 * c.advertisedMss;
    }
    size >>= 1;
    for (int window = windowOf(greatest) >> 1; c.rcvThreshold <= window; window >>= 1) {
      if (size <= length) {
        return 2 * c.rcvMss;
      }
      size >>= 1;
    }
    return 0;
  }

  /** Memory is short: the window comes down to a few segments as it is used. */
  static void underPressure(Connection c) {
    c.rcvThreshold = Math.min(c.rcvThreshold, 4 * c.advertisedMss);
  }

  /** TCP_WINDOW_CLAMP of a connection that lives. */
  static void clampChanged(Connection c, int before) {
    if (c.windowClamp < before) {
      c.rcvThreshold = Math.min(c.rcvThreshold, c.windowClamp);
    } else {
      c.rcvThreshold = (int) Math.max(c.rcvThreshold, Math.min(offered(c), c.windowClamp));
    }
  }

  /**
   * The application has read: after each round trip, lets the buffer follow what was read in it
   * (Linux's tcp_rcv_space_adjust, dynamic right-sizing).
   */
  void onRead(Connection c) {
    if (c.rcvRtt == 0 || stack.now - c.rcvSpaceNanos < c.rcvRtt) {
      return;
    }
    long copied = c.readPosition - c.rcvSpaceSequence;
    if (copied > c.rcvSpace) {
      if (c.options.receiveBuffer == 0 && !stack.memory.underPressure()) {
        resize(c, copied);
      }
      c.rcvSpace = (int) Math.min(copied, Integer.MAX_VALUE);
    }
    c.rcvSpaceSequence = c.readPosition;
    c.rcvSpaceNanos = stack.now;
  }

  private void resize(Connection c, long copied) {
    // Twice what came, since the ACK opens the window of the next round trip only; more while the
    // sender speeds up.
    long window = 2 * copied + 16L * c.advertisedMss;
    window += 2 * (window * (copied - c.rcvSpace) / c.rcvSpace);
    int space = (int) Math.min(2 * window, greatest);
    if (space > c.receiveSpace) {
      c.receiveSpace = space;
      c.windowClamp = windowOf(space);
    }
  }

  /** Round trips as the receiver sees them: by echoed timestamps, or by windows. */
  void measure(Connection c, Segment s) {
    if (c.timestamps) {
      measureByTimestamp(c, s);
    } else {
      measureByWindow(c);
    }
  }

  private void measureByTimestamp(Connection c, Segment s) {
    if (!s.hasTimestamps || s.timestampEcho == c.rcvRttEcho || s.payloadLength < c.rcvMss) {
      return;
    }
    c.rcvRttEcho = s.timestampEcho;
    long millis = stack.timestamp(c, stack.now) - s.timestampEcho;
    long sample = Math.max(1, millis) * 1_000_000L;
    if (millis >= 0) {
      c.rcvRtt = c.rcvRtt == 0 ? sample : c.rcvRtt + (sample - c.rcvRtt) / 8;
    }
  }

  private void measureByWindow(Connection c) {
    if (c.rcvRttNanos != 0) {
      if (c.rcvNxt < c.rcvRttSequence) {
        return;
      }
      long sample = Math.max(1000, stack.now - c.rcvRttNanos);
      c.rcvRtt = c.rcvRtt == 0 ? sample : Math.min(c.rcvRtt, sample);
    }
    c.rcvRttSequence = c.rcvNxt + offered(c);
    c.rcvRttNanos = stack.now;
  }
}
