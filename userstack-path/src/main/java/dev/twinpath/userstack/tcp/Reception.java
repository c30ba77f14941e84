package dev.twinpath.userstack.tcp;

/** Hands received bytes to handlers and says how much more the peer may send. */
final class Reception {
  private final TcpStack stack;
  private ReceiveBuffer free;

  Reception(TcpStack stack) {
    this.stack = stack;
  }

  /** Bytes that the peer may send from rcvNxt on. */
  long receiveWindow(Connection c) {
    return Math.max(0, stack.config.receiveWindow() - (c.rcvNxt - c.readPosition));
  }

  /** The connection's buffer, made if it has none. */
  ReceiveBuffer buffer(Connection c) {
    if (c.receiveBuffer == null) {
      ReceiveBuffer buffer = free;
      if (buffer == null) {
        buffer = new ReceiveBuffer(stack.receivePool, stack.config.receiveWindow());
      } else {
        free = buffer.next;
        buffer.next = null;
      }
      c.receiveBuffer = buffer;
    }
    return c.receiveBuffer;
  }

  void releaseReceiveBuffer(Connection c) {
    ReceiveBuffer buffer = c.receiveBuffer;
    if (buffer != null) {
      c.receiveBuffer = null;
      buffer.clear();
      buffer.next = free;
      free = buffer;
    }
  }

  /** Hands buffered in-order bytes to the handler, as far as it takes them. */
  void deliver(Connection c) {
    if (c.handler == null || c.receivePaused || c.ended || c.readClosed) {
      return;
    }
    while (c.receiveBuffer != null && !c.receivePaused && !c.ended) {
      long end = c.readPosition + c.unread();
      if (c.readPosition >= end) {
        receiveDrained(c);
        break;
      }
      int length = c.receiveBuffer.contiguous(c.readPosition, end);
      int taken = c.handler.onData(c.receiveBuffer.address(c.readPosition), length);
      stack.touchData(c);
      if (c.receiveBuffer == null) {
        return;
      }
      taken = Math.max(0, Math.min(taken, length));
      long from = c.readPosition;
      c.readPosition += taken;
      c.receiveBuffer.consume(from, c.readPosition, false);
      c.receivePaused = taken < length;
    }
    offerWindow(c);
  }

  /** The application has read all: the buffer goes back unless there is data beyond a hole. */
  void receiveDrained(Connection c) {
    if (c.receiveBuffer != null && c.receiveBuffer.outOfOrder.isEmpty()) {
      releaseReceiveBuffer(c);
    }
    if (finReached(c) && !c.remoteClosedDelivered) {
      stack.touch(c);
    }
  }

  /** Tells the peer of a window that opened far enough (RFC 9293 section 3.8.6.2.2, as Linux). */
  void offerWindow(Connection c) {
    if (c.closed || !c.state.canReceive()) {
      return;
    }
    long told = Math.max(0, c.rcvWindowEdge - c.rcvNxt);
    long free = receiveWindow(c);
    long step = Math.min(stack.config.receiveWindow() / 2, c.rcvMss);
    if (told < stack.config.receiveWindow() / 2 && free >= 2 * told && free - told >= step) {
      c.ackNow = true;
      stack.ready(c);
    }
  }

  static boolean finReached(Connection c) {
    return c.remoteFin >= 0 && c.rcvNxt > c.remoteFin && c.readPosition == c.remoteFin;
  }
}
