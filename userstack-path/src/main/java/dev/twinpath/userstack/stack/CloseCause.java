package dev.twinpath.userstack.stack;

/** Why a connection ended; given once to {@link ConnectionHandler#onClosed}. */
public enum CloseCause {
  /** Both sides sent FIN and had it acknowledged (or TIME_WAIT began). */
  NORMAL,
  /** The peer sent an acceptable RST (RFC 9293 section 3.5.3, checked as RFC 5961 section 3). */
  RESET_BY_PEER,
  /** Retransmissions, window probes, keep-alives or the handshake went unanswered for too long. */
  TIMED_OUT,
  /** An active open was answered by RST. */
  REFUSED,
  /** An active open was answered by a hard ICMP error, or its next hop does not answer ARP. */
  UNREACHABLE,
  /** The device could not read a page of a range that was queued: the file was truncated. */
  FILE_TRUNCATED,
  /** {@link TcpConnection#abort()}, or data came after {@link TcpConnection#close()}. */
  LOCAL_ABORT,
  /** The shard was closed under the connection. */
  STACK_CLOSED
}
