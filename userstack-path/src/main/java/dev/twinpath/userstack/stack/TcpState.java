package dev.twinpath.userstack.stack;

/**
 * The states of RFC 9293 section 3.3.2. LISTEN belongs to {@link TcpListener}, TIME_WAIT to a small
 * table of its own.
 */
public enum TcpState {
  CLOSED,
  LISTEN,
  SYN_SENT,
  SYN_RECEIVED,
  ESTABLISHED,
  FIN_WAIT_1,
  FIN_WAIT_2,
  CLOSE_WAIT,
  CLOSING,
  LAST_ACK,
  TIME_WAIT;

  /** Whether a handshake was completed (RFC 9293: the synchronized states). */
  public boolean isSynchronized() {
    return ordinal() >= ESTABLISHED.ordinal();
  }

  /** Whether the peer may still send data. */
  public boolean canReceive() {
    return this == ESTABLISHED || this == FIN_WAIT_1 || this == FIN_WAIT_2;
  }

  /** Whether queued data may still be sent for the first time. */
  public boolean canSend() {
    return this == ESTABLISHED || this == CLOSE_WAIT;
  }
}
