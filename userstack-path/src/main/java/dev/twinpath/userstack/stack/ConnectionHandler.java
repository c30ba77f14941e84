package dev.twinpath.userstack.stack;

/**
 * What the application does with one connection. All calls come on the shard's thread, from within
 * {@link StackShard#poll}; a handler may call any method of its connection from them.
 */
public interface ConnectionHandler {
  /** An active open was answered: the connection is ESTABLISHED. Not called for accepted ones. */
  default void onConnected() {}

  /**
   * In-order bytes of the peer, straight from the receive buffer of the NIC where possible. The
   * memory is only valid during the call.
   *
   * @param address absolute address of the first byte
   * @param length bytes, at least 1
   * @return how many bytes were taken, 0..length. The rest stays in the connection's receive
   *     buffer, closes the window, and waits for {@link TcpConnection#receive}; until that has
   *     emptied the buffer, no further onData is called.
   */
  int onData(long address, int length);

  /**
   * The end of this poll's batch of data for the connection. Called only after some onData or new
   * buffered data.
   */
  default void onDataEnd() {}

  /** The peer sent FIN and all its data was taken. Called once. */
  void onRemoteClosed();

  /**
   * The peer acknowledged something new, so that {@link TcpConnection#unackedBytes} and slab use
   * fell. Once per batch.
   */
  default void onWritable() {}

  /**
   * The connection is over. Called exactly once, and nothing is called after it. What the peer sent
   * before and {@link #onData} did not take can be read with {@link TcpConnection#receive} until
   * this returns, also when the peer reset the connection.
   *
   * @param cause why
   */
  void onClosed(CloseCause cause);
}
