package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;

/**
 * The payload and FIN of a received segment: in-order bytes go to the handler straight from the
 * NIC's buffer, the rest waits in a {@link ReceiveBuffer}. Decides when to acknowledge (RFC 5681
 * section 4.2).
 */
final class DataReceiver {
  private final TcpStack stack;

  DataReceiver(TcpStack stack) {
    this.stack = stack;
  }

  /** Takes the payload and FIN of an acceptable segment that begins at {@code sequence}. */
  void receive(Connection c, Segment s, long sequence) {
    long start = sequence;
    long end = sequence + s.payloadLength;
    boolean fin = s.has(TcpHeader.FIN);
    if (!c.state.canReceive()) {
      // The peer's FIN was taken already: nothing after it can be new (RFC 9293, seventh).
      if (end < c.rcvNxt || s.payloadLength > 0 || fin) {
        c.ackNow = true;
        stack.ready(c);
      }
      return;
    }
    if (c.readClosed && s.payloadLength > 0 && end > c.rcvNxt) {
      // Nobody will read it: RFC 9293 section 3.6.1, and RFC 2525 section 2.17.
      stack.counters.increment(StackCounter.ABORT_ON_DATA);
      stack.control.reset(s);
      stack.closing.destroy(c, CloseCause.LOCAL_ABORT);
      return;
    }
    if (end > c.rcvWindowEdge && !isTakenWhole(c, start)) {
      // Beyond the window: a probe of a shut one carries nothing else. It is answered all the same.
      end = Math.max(start, c.rcvWindowEdge);
      fin = false;
      c.ackNow = true;
      stack.ready(c);
    }
    if (fin && c.remoteFin < 0 && end >= c.rcvNxt) {
      c.remoteFin = end;
    }
    if (c.remoteFin >= 0 && end > c.remoteFin) {
      end = c.remoteFin;
    }
    if (fin && c.remoteFin == end && c.state == TcpState.ESTABLISHED && start <= c.rcvNxt) {
      // As Linux: whoever hears of the end most likely closes too, and the FIN carries the ACK.
      c.interactive = true;
    }
    if (s.payloadLength > 0) {
      int joined = stack.receivedSegmentSize;
      c.dataSegmentsIn += joined > 0 ? (s.payloadLength + joined - 1) / joined : 1;
      payload(c, s, start, end);
    } else if (fin && sequence > c.rcvNxt) {
      c.ackNow = true;
    }
    if (!c.closed && c.rcvNxt == c.remoteFin) {
      finReceived(c);
    }
  }

  /**
   * Whether a segment may go beyond the window, as in Linux: one that begins in it, while nothing
   * waits to be read. It was sent before the window was known, or in one piece.
   */
  private static boolean isTakenWhole(Connection c, long start) {
    return start <= c.rcvNxt && c.rcvNxt < c.rcvWindowEdge && c.unread() == 0;
  }

  /** Data that came with a SYN whose connection was accepted at once; the SYN-ACK tells of it. */
  void withSyn(Connection c, Segment s) {
    c.dataSegmentsIn++;
    inOrder(c, s, s.payload, s.payloadLength);
    c.ackNow = false;
    c.ackDelayed = false;
    c.ackDeadline = TransmissionControlBlock.NEVER;
  }

  private void payload(Connection c, Segment s, long start, long end) {
    if (end <= start) {
      return;
    }
    if (end <= c.rcvNxt) {
      duplicate(c, start, end);
      return;
    }
    long address = s.payload;
    long first = start;
    if (first < c.rcvNxt) {
      duplicate(c, first, c.rcvNxt);
      address += c.rcvNxt - first;
      first = c.rcvNxt;
    }
    int length = (int) (end - first);
    if (first == c.rcvNxt) {
      inOrder(c, s, address, length);
    } else {
      outOfOrder(c, s, address, first, length);
    }
  }

  private void duplicate(Connection c, long start, long end) {
    if (start >= end) {
      return;
    }
    // RFC 2883: tell what came twice; and at once, for the peer may be retransmitting for want of
    // an ACK.
    if (c.sack) {
      c.dsackStart = start;
      c.dsackEnd = end;
    }
    stack.acknowledging.enterQuick(c, Acknowledging.QUICK_ACKS);
    c.ackScheduled = true;
    c.ackNow = true;
    stack.ready(c);
  }

  private void inOrder(Connection c, Segment s, long address, int length) {
    c.bytesReceived += length;
    stack.counters.add(StackCounter.BYTES_IN, length);
    c.rcvNxt += length;
    int taken = 0;
    if (c.handler != null && !c.receivePaused && c.readPosition == c.rcvNxt - length) {
      taken = c.handler.onData(address, length);
      if (c.closed) {
        return;
      }
      taken = Math.max(0, Math.min(taken, length));
      c.readPosition += taken;
      c.receivePaused = taken < length;
    }
    stack.touchData(c);
    if (taken < length && !keep(c, address + taken, length - taken)) {
      return;
    }
    if (c.receiveBuffer != null) {
      fillHole(c);
      if (c.closed) {
        return;
      }
    }
    stack.acknowledging.dataArrived(c, s, length);
    stack.acknowledging.decide(c);
    if (taken > 0) {
      stack.reception.read(c);
    }
  }

  /**
   * Stores in-order bytes. If there is no room, it is as if they had not come, and the window is
   * shut; data beyond a hole makes room first.
   */
  private boolean keep(Connection c, long address, int length) {
    long position = c.rcvNxt - length;
    ReceiveBuffer buffer = stack.reception.buffer(c);
    int blocks = buffer.newBlocks(position, length);
    boolean first = c.readPosition == position;
    boolean room =
        first
            || !stack.memory.overcommitted(c, blocks * stack.receivePool.blockSize())
            || stack.memory.pruneFor(c, position, blocks * stack.receivePool.blockSize());
    while (room && stack.receivePool.available() < blocks) {
      room = stack.memory.prune(c, position) > 0 || stack.memory.reclaim(c);
    }
    if (room && buffer.write(position, address, length)) {
      stack.counters.add(StackCounter.COPIED_RECEIVE, length);
      return true;
    }
    stack.counters.increment(StackCounter.RECEIVE_POOL_EXHAUSTED);
    c.rcvNxt = position;
    c.bytesReceived -= length;
    stack.counters.add(StackCounter.BYTES_IN, -length);
    c.receivePaused = c.readPosition < c.rcvNxt;
    c.ackNoMemory = true;
    c.ackNow = true;
    stack.ready(c);
    return false;
  }

  private void fillHole(Connection c) {
    IntervalSet set = c.receiveBuffer.outOfOrder;
    boolean filled = false;
    long arrived = c.rcvNxt;
    while (!set.isEmpty() && set.start(0) <= c.rcvNxt) {
      long end = set.end(0);
      if (c.sack && set.start(0) < arrived) {
        noteTwice(c, set.start(0), Math.min(end, arrived));
      }
      if (end > c.rcvNxt) {
        c.bytesReceived += end - c.rcvNxt;
        stack.counters.add(StackCounter.BYTES_IN, end - c.rcvNxt);
        c.rcvNxt = end;
      }
      set.removeFirst();
      filled = true;
    }
    if (filled) {
      // RFC 5681 section 4.2: what fills a gap is acknowledged at once.
      c.ackNow = true;
      stack.ready(c);
    }
    stack.reception.deliver(c);
  }

  /** RFC 2883 section 4: what filled the hole had come in part; of several parts, the first. */
  private static void noteTwice(Connection c, long start, long end) {
    if (c.dsackEnd == 0) {
      c.dsackStart = start;
      c.dsackEnd = end;
    } else if (start <= c.dsackEnd && end >= c.dsackStart) {
      c.dsackStart = Math.min(c.dsackStart, start);
      c.dsackEnd = Math.max(c.dsackEnd, end);
    }
  }

  private void outOfOrder(Connection c, Segment s, long address, long start, int length) {
    ReceiveBuffer buffer = stack.reception.buffer(c);
    stack.counters.increment(StackCounter.OUT_OF_ORDER);
    c.outOfOrderSegments++;
    c.ackScheduled = true;
    if (buffer.outOfOrder.contains(start, start + length)) {
      duplicate(c, start, start + length);
    } else if (admitted(c, buffer, start, length)
        && buffer.write(start, address, length)
        && buffer.outOfOrder.add(start, start + length)) {
      stack.counters.add(StackCounter.COPIED_REASSEMBLY, length);
      stack.window.grow(c, length);
    } else {
      stack.counters.increment(StackCounter.OUT_OF_ORDER_DROPPED);
      if (buffer.outOfOrder.isEmpty() && c.unread() == 0) {
        stack.reception.releaseReceiveBuffer(c);
      }
    }
    stack.window.measure(c, s);
    if (c.sack) {
      c.ackNow = true;
      stack.ready(c);
    } else {
      // Without SACK the peer counts duplicates: every segment gets its own.
      stack.output.sendAckAtOnce(c);
    }
  }

  /** Whether data beyond a hole may be kept: within the connection's buffer, and the shard's. */
  private boolean admitted(Connection c, ReceiveBuffer buffer, long start, int length) {
    int blocks = buffer.newBlocks(start, length);
    int bytes = blocks * stack.receivePool.blockSize();
    if (blocks > 0
        && stack.memory.overcommitted(c, bytes)
        && !stack.memory.pruneFor(c, start + length, bytes)) {
      return false;
    }
    return stack.memory.admits(c, blocks);
  }

  private void finReceived(Connection c) {
    if (c.receiveBuffer != null) {
      c.receiveBuffer.outOfOrder.clear();
    }
    c.rcvNxt = c.remoteFin + 1;
    // Of what came twice nothing is told any more: there is nothing left to send again.
    c.dsackEnd = 0;
    c.ackScheduled = true;
    stack.touchData(c);
    if (c.state == TcpState.ESTABLISHED && c.ackTimeout > 0 && ReceiveWindow.current(c) > 0) {
      c.interactive = true;
      stack.acknowledging.decide(c);
    } else {
      c.ackNow = true;
      stack.ready(c);
    }
    stack.closing.onRemoteFin(c);
  }
}
