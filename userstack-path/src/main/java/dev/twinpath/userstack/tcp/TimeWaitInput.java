package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.StackCounter;

/**
 * Segments of connections that have no control block any more: in TIME_WAIT (RFC 9293 section
 * 3.10.7.4, RFC 6191, RFC 1337), and in FIN_WAIT_2 after the application's close. The choices that
 * the RFCs leave are Linux's.
 */
final class TimeWaitInput {
  /** How far beyond the old connection a new one of the same 4-tuple begins. */
  static final int BEYOND = 65_537;

  private final TcpStack stack;

  TimeWaitInput(TcpStack stack) {
    this.stack = stack;
  }

  /**
   * One segment.
   *
   * @param listening whether somebody would take a new connection
   * @return true if the segment is a SYN that may take the connection's place
   */
  boolean onSegment(Segment s, int entry, boolean listening) {
    TimeWaitTable table = stack.timeWait;
    boolean stamped = table.timestamps(entry) && s.hasTimestamps;
    int newer = stamped ? s.timestampValue - table.tsRecent(entry) : 0;
    if (table.isFinWait2(entry)) {
      onFinWait2(s, entry, newer < 0);
      return false;
    }
    int ahead = s.sequence - table.rcvNxt(entry);
    boolean reset = s.has(TcpHeader.RST);
    if (newer >= 0 && ahead == 0 && (reset || s.sequenceLength() == 0)) {
      exact(s, entry, stamped);
      return false;
    }
    if ((s.flags & (TcpHeader.SYN | TcpHeader.RST | TcpHeader.ACK)) == TcpHeader.SYN
        && (newer > 0 || newer == 0 && ahead > 0)
        && listening) {
      stack.counters.increment(StackCounter.TIME_WAIT_RECYCLED);
      return true;
    }
    if (newer < 0) {
      stack.counters.increment(StackCounter.PAWS_DROPS);
    }
    if (!reset) {
      if (newer < 0 || s.has(TcpHeader.ACK)) {
        table.restart(entry, stack.now);
      }
      acknowledge(s, entry, StackCounter.ACKS_SKIPPED_TIME_WAIT);
    }
    return false;
  }

  /** Nothing new at the number that is expected next, or RST there. */
  private void exact(Segment s, int entry, boolean stamped) {
    if (s.has(TcpHeader.RST)) {
      if (!stack.config.rfc1337()) {
        stack.counters.increment(StackCounter.TIME_WAIT_KILLED);
        stack.timeWait.remove(entry);
        return;
      }
    } else {
      stack.timeWait.restart(entry, stack.now);
    }
    if (stamped) {
      stack.timeWait.tsRecent(entry, s.timestampValue, stack.now);
    }
  }

  private void onFinWait2(Segment s, int entry, boolean old) {
    TimeWaitTable table = stack.timeWait;
    int ahead = s.sequence - table.rcvNxt(entry);
    int end = ahead + s.sequenceLength();
    if (old || !isInWindow(ahead, end, table.window(entry))) {
      if (!s.has(TcpHeader.RST)) {
        acknowledge(s, entry, StackCounter.ACKS_SKIPPED_FIN_WAIT_2);
      }
    } else if (s.has(TcpHeader.RST)) {
      stack.counters.increment(StackCounter.RESETS_IN);
      table.remove(entry);
    } else if (s.has(TcpHeader.SYN) && ahead >= 0) {
      refuse(s, entry);
    } else if (s.has(TcpHeader.ACK) && end > 0 && s.sequenceLength() > 0) {
      if (s.has(TcpHeader.FIN) && end == 1) {
        if (table.timestamps(entry) && s.hasTimestamps) {
          table.tsRecent(entry, s.timestampValue, stack.now);
        }
        table.finReceived(entry, stack.now);
        stack.control.timeWaitAck(s, entry);
      } else {
        // Data that nobody will read.
        stack.counters.increment(StackCounter.ABORT_ON_DATA);
        refuse(s, entry);
      }
    }
  }

  private static boolean isInWindow(int start, int end, int window) {
    return start == 0 || end > 0 && start < window || start == window && end == start;
  }

  private void refuse(Segment s, int entry) {
    stack.timeWait.remove(entry);
    stack.control.reset(s);
  }

  private void acknowledge(Segment s, int entry, StackCounter skipped) {
    boolean limited = s.payloadLength == 0 && !s.has(TcpHeader.FIN) || s.has(TcpHeader.SYN);
    if (limited && stack.timeWait.isLimited(entry, stack.now)) {
      stack.counters.increment(skipped);
    } else {
      stack.control.timeWaitAck(s, entry);
    }
  }
}
