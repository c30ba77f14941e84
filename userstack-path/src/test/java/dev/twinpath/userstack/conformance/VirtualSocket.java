package dev.twinpath.userstack.conformance;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.ConnectionHandler;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TcpListener;
import dev.twinpath.userstack.stack.TcpOptions;
import dev.twinpath.userstack.stack.TcpState;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/** One socket: what a descriptor of Linux would know above its TCP connection. */
final class VirtualSocket implements ConnectionHandler {
  /** Linux's socket_state, with LISTENING apart. */
  enum Phase {
    UNCONNECTED,
    LISTENING,
    CONNECTING,
    CONNECTED
  }

  final int domain;
  final SocketOptions options;
  Phase phase = Phase.UNCONNECTED;
  boolean nonBlocking;
  boolean bound;
  IpAddress localAddress = IpAddress.ANY;
  int localPort;
  TcpListener listener;
  TcpConnection connection;

  /** Connections that were taken from the stack's accept queue, at most one. */
  final ArrayDeque<VirtualSocket> accepted = new ArrayDeque<>();

  /** SO_ERROR, until somebody asks. */
  int error;

  boolean remoteClosed;
  boolean ended;

  /** What the connection had that was not read when it was lost, and how much was read since. */
  private byte[] left = {};

  private int leftRead;
  boolean shutRead;
  boolean shutWrite;

  VirtualSocket(int domain, SocketOptions options) {
    this.domain = domain;
    this.options = options;
  }

  // --- what the stack tells

  @Override
  public void onConnected() {}

  @Override
  public int onData(long address, int length) {
    // Read by calls only, so that the window is what unread data leaves of it.
    return 0;
  }

  @Override
  public void onRemoteClosed() {
    remoteClosed = true;
  }

  @Override
  public void onClosed(CloseCause cause) {
    ended = true;
    keepUnread();
    int errno = Errno.of(cause);
    if (errno == Errno.ECONNRESET && remoteClosed) {
      errno = Errno.EPIPE;
    }
    if (errno != 0) {
      error = errno;
    }
  }

  private void keepUnread() {
    int length = connection == null ? 0 : connection.receiveAvailable();
    if (length > 0) {
      try (Arena arena = Arena.ofConfined()) {
        long address = arena.allocate(length).address();
        int count = connection.receive(address, length);
        left = Memory.toArray(address, count);
      }
    }
  }

  /** Takes or peeks at bytes, from an offset on; returns how many. */
  int read(byte[] into, int at, int offset, int length, boolean peek, long scratch) {
    if (ended) {
      int count = Math.max(0, Math.min(length, left.length - leftRead - offset));
      System.arraycopy(left, leftRead + offset, into, at, count);
      leftRead += peek ? 0 : count;
      return count;
    }
    if (connection == null) {
      return 0;
    }
    int count =
        peek ? connection.peek(offset, scratch, length) : connection.receive(scratch, length);
    Memory.copy(scratch, into, at, count);
    return count;
  }

  // --- what calls ask

  /** The connection's state as Linux's socket has it. */
  TcpState state() {
    if (phase == Phase.LISTENING || connection == null || ended) {
      return TcpState.CLOSED;
    }
    return connection.state();
  }

  boolean isOpening() {
    TcpState state = state();
    // What was accepted with its SYN can send and receive already.
    return state == TcpState.SYN_SENT
        || state == TcpState.SYN_RECEIVED && phase == Phase.CONNECTING;
  }

  /** The peer's FIN has come, whether or not all before it was read. */
  boolean finReceived() {
    if (connection == null || ended) {
      return remoteClosed;
    }
    return switch (connection.state()) {
      case CLOSE_WAIT, CLOSING, LAST_ACK -> true;
      case CLOSED -> connection.isClosed();
      default -> remoteClosed;
    };
  }

  /** Whom options are told to: the listener or the living connection, or null. */
  TcpOptions target() {
    if (listener != null) {
      return listener.options();
    }
    return connection == null || ended ? null : connection.options();
  }

  int available() {
    if (ended) {
      return left.length - leftRead;
    }
    return connection == null ? 0 : connection.receiveAvailable();
  }

  /** Takes SO_ERROR, which is told once. */
  int takeError() {
    int value = error;
    error = 0;
    return value;
  }

  /** As after AF_UNSPEC: the socket may be connected again. */
  void forget() {
    phase = Phase.UNCONNECTED;
    connection = null;
    listener = null;
    remoteClosed = false;
    ended = false;
    shutRead = false;
    shutWrite = false;
    error = 0;
    left = new byte[0];
    leftRead = 0;
  }
}
