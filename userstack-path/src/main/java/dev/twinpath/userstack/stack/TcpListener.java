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
