package dev.twinpath.userstack.tcp;

/**
 * How long a connection had something to send, and how long of that it waited for the peer's window
 * or for its own send buffer (Linux's tcp_chrono, RFC 4898 section 3.4).
 */
final class LimitTimes {
  static final int NONE = 0;
  static final int BUSY = 1;
  static final int WINDOW = 2;
  static final int BUFFER = 3;

  private LimitTimes() {}

  /** A limit begins; a lesser one gives way. */
  static void start(Connection c, int limit) {
    if (limit > c.limit) {
      set(c, limit);
    }
  }

  /** A limit ends. */
  static void stop(Connection c, int limit) {
    if (c.sndUna == c.sndNxt && c.sendQueue.end() <= c.sndNxt) {
      set(c, NONE);
    } else if (limit == c.limit) {
      set(c, BUSY);
    }
  }

  private static void set(Connection c, int limit) {
    if (c.limit == limit) {
      return;
    }
    long time = c.stack.now - c.limitSince;
    switch (c.limit) {
      case BUSY:
        c.busyNanos += time;
        break;
      case WINDOW:
        c.windowLimitedNanos += time;
        break;
      case BUFFER:
        c.bufferLimitedNanos += time;
        break;
      default:
        break;
    }
    c.limitSince = c.stack.now;
    c.limit = (byte) limit;
  }

  private static long since(Connection c, int limit) {
    return c.limit == limit ? c.stack.now - c.limitSince : 0;
  }

  /** Nanoseconds that there was something to send. */
  static long busy(Connection c) {
    return c.busyNanos + since(c, BUSY) + window(c) + buffer(c);
  }

  /** Nanoseconds of them that the peer's window was in the way. */
  static long window(Connection c) {
    return c.windowLimitedNanos + since(c, WINDOW);
  }

  /** Nanoseconds of them that the send buffer was in the way. */
  static long buffer(Connection c) {
    return c.bufferLimitedNanos + since(c, BUFFER);
  }
}
