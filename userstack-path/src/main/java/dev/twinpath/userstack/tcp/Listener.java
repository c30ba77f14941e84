package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.AcceptHandler;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpListener;
import dev.twinpath.userstack.stack.TcpOptions;

/** A listening port: handshakes in progress are counted, complete ones wait in the accept queue. */
final class Listener implements TcpListener {
  private static final long FAST_OPEN_PENALTY = 60_000_000_000L;

  final AcceptHandler handler;
  final long high;
  final long low;
  Listener next;
  int handshakes;

  /** When a SYN was last answered by a cookie; 0 = never. */
  long cookieNanos;

  boolean closed;

  final OptionValues options;

  private final TcpStack stack;
  private final IpAddress address;
  private final int port;
  private final int backlog;

  /** Connections that were accepted with data before their handshake was complete. */
  int fastOpenPending;

  private int fastOpenLimit;

  /** Until when each place stays taken of a connection that was reset; a ring. */
  private long[] fastOpenResets = {};

  private int fastOpenResetAt;
  private boolean accepting = true;
  private Connection queueHead;
  private Connection queueTail;
  private int queueLength;

  Listener(TcpStack stack, IpAddress address, int port, int backlog, AcceptHandler handler) {
    this.stack = stack;
    this.address = address;
    high = address.high();
    low = address.low();
    this.port = port;
    this.backlog = backlog;
    this.handler = handler;
    options = new OptionValues(stack.config);
  }

  @Override
  public TcpOptions options() {
    return options;
  }

  @Override
  public IpAddress localAddress() {
    return address;
  }

  boolean isAny() {
    return (high | low) == 0;
  }

  @Override
  public int localPort() {
    return port;
  }

  @Override
  public int backlog() {
    return backlog;
  }

  @Override
  public int acceptQueueLength() {
    return queueLength;
  }

  @Override
  public int synQueueLength() {
    return handshakes;
  }

  @Override
  public void fastOpen(int limit) {
    fastOpenLimit = Math.max(0, Math.min(limit, stack.config.maxBacklog()));
    fastOpenResets = new long[fastOpenLimit];
    fastOpenResetAt = 0;
  }

  /** Places for another Fast Open handshake; -1 = the listener takes none at all. */
  int fastOpenRoom(boolean always, long nowNanos) {
    if (fastOpenLimit == 0) {
      if (!always || backlog == 0) {
        return -1;
      }
      fastOpen(backlog);
    }
    int taken = fastOpenPending;
    for (long until : fastOpenResets) {
      taken += until > nowNanos ? 1 : 0;
    }
    return Math.max(0, fastOpenLimit - taken);
  }

  /** A Fast Open handshake was reset: its place stays taken for a while. */
  void fastOpenReset(long nowNanos) {
    if (fastOpenResets.length > 0) {
      fastOpenResets[fastOpenResetAt] = nowNanos + FAST_OPEN_PENALTY;
      fastOpenResetAt = (fastOpenResetAt + 1) % fastOpenResets.length;
    }
  }

  /** Whether another completed handshake has no room. Linux admits one more than the backlog. */
  boolean acceptQueueFull() {
    return queueLength > backlog;
  }

  /** Whether another handshake has no room: Linux bounds them by the backlog too. */
  boolean synQueueFull() {
    return handshakes > backlog || handshakes >= stack.config.maxSynBacklog();
  }

  @Override
  public void accepting(boolean on) {
    accepting = on;
    while (accepting && queueHead != null) {
      Connection connection = queueHead;
      queueHead = connection.acceptNext;
      if (queueHead == null) {
        queueTail = null;
      }
      connection.acceptNext = null;
      queueLength--;
      connection.awaitingAccept = false;
      // As in Linux also one that the peer has reset: what it said before can be read.
      accept(connection);
    }
  }

  /** A handshake is complete. The caller asked {@link #acceptQueueFull}. */
  void completed(Connection connection) {
    if (accepting && queueHead == null) {
      accept(connection);
      return;
    }
    connection.awaitingAccept = true;
    if (queueTail == null) {
      queueHead = connection;
    } else {
      queueTail.acceptNext = connection;
    }
    queueTail = connection;
    queueLength++;
  }

  private void accept(Connection connection) {
    connection.handler = handler.onAccept(connection);
    if (connection.handler == null) {
      connection.abort();
    } else {
      stack.touch(connection);
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    stack.listeners.remove(this);
    stack.flows.removeListener(address, port);
    while (queueHead != null) {
      Connection connection = queueHead;
      queueHead = connection.acceptNext;
      if (!connection.closed) {
        stack.counters.increment(StackCounter.LISTEN_DROPS);
        connection.abort();
      } else {
        stack.closing.end(connection);
      }
    }
    queueTail = null;
    queueLength = 0;
    if (handshakes > 0) {
      stack.closing.abortHandshakes(this);
    }
  }
}
