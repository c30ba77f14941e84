package dev.twinpath.userstack.stack;

import dev.twinpath.userstack.ip.IpAddress;

/** A passive open. All methods on the shard's thread. */
public interface TcpListener extends AutoCloseable {
  /** The address listened on; {@link IpAddress#ANY} = every one of the stack, of both versions. */
  IpAddress localAddress();

  /** The port listened on, 1..65535. */
  int localPort();

  /** The accept queue's bound. */
  int backlog();

  /**
   * Pauses or resumes accepting. While paused, completed handshakes wait in the accept queue; once
   * that holds {@link #backlog} connections, further handshakes are not completed and are counted
   * (LISTEN_OVERFLOWS, LISTEN_DROPS), as Linux does.
   *
   * @param accepting whether {@link AcceptHandler#onAccept} may be called
   */
  void accepting(boolean accepting);

  /**
   * Accepts data with the SYN of clients that have a cookie (TCP Fast Open, RFC 7413; the
   * TCP_FASTOPEN socket option). Such a connection is handed to the {@link AcceptHandler} in state
   * SYN_RECEIVED; the same data may come twice if the client crashed in between, so that the
   * application must be able to bear a repeated request. The configuration has to allow it too.
   *
   * @param limit bound of such handshakes that are not complete; 0 = none, the default
   */
  void fastOpen(int limit);

  /** What connections begin with whose SYN comes from now on. */
  TcpOptions options();

  /** Connections that wait in the accept queue. */
  int acceptQueueLength();

  /** Handshakes that are not complete. */
  int synQueueLength();

  /**
   * Stops listening. Handshakes and waiting connections are reset; accepted ones live on.
   * Idempotent.
   */
  @Override
  void close();
}
