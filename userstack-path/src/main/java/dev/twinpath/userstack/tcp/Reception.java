package dev.twinpath.userstack.tcp;

/** Hands received bytes to handlers and says how much more the peer may send. */
final class Reception {
  private final TcpStack stack;
  private ReceiveBuffer free;

  Reception(TcpStack stack) {
    this.stack = stack;
  }

  /** The connection's buffer, made if it has none. */
  ReceiveBuffer buffer(Connection c) {
    if (c.receiveBuffer == null) {
      ReceiveBuffer buffer = free;
      if (buffer == null) {
        buffer = new ReceiveBuffer(stack.receivePool);
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
    long first = c.readPosition;
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
      c.readPosition += taken;
      c.receiveBuffer.consume(c.readPosition);
      c.receivePaused = taken < length;
    }
    if (c.readPosition > first) {
      read(c);
    }
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

  /** The application has taken something: the buffer may grow, and an ACK may be due. */
  void read(Connection c) {
    if (!c.closed) {
      stack.window.onRead(c);
      stack.acknowledging.onRead(c);
    }
  }

  static boolean finReached(Connection c) {
    return c.remoteFin >= 0 && c.rcvNxt > c.remoteFin && c.readPosition == c.remoteFin;
  }
}
