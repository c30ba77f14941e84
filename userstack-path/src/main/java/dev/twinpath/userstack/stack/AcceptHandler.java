package dev.twinpath.userstack.stack;

/** Receives the connections that a {@link TcpListener} completed. Called on the shard's thread. */
@FunctionalInterface
public interface AcceptHandler {
  /**
   * A handshake was completed. Data that came with it is delivered after this call returns.
   *
   * @param connection in state ESTABLISHED (or CLOSE_WAIT if the peer was quick; SYN_RECEIVED with
   *     TCP Fast Open)
   * @return the connection's handler, or null to refuse it with RST
   */
  ConnectionHandler onAccept(TcpConnection connection);
}
