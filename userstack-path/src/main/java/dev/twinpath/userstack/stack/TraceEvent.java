package dev.twinpath.userstack.stack;

/**
 * What a {@link ConnectionTrace} remembers. Each event has a time and the five numbers named here;
 * sequence numbers count from the SYN of their sender, which is 0.
 */
public enum TraceEvent {
  /** A segment came: sequence number, payload bytes, acknowledgment, window, flags. */
  SEGMENT_IN,

  /** A packet left, uncut: sequence number, payload bytes, acknowledgment, window, flags. */
  SEGMENT_OUT,

  /** The same, and its data was sent before. */
  RETRANSMIT,

  /** The state changed: ordinals of the {@link TcpState} before and after. */
  STATE,

  /** An ACK was processed: unacknowledged from, next to send, cwnd, ssthresh, smoothed RTT. */
  ACKED,

  /** Recovery changed: phase before, after, cwnd, ssthresh, bytes marked lost. */
  RECOVERY,

  /** The retransmission timer fired: timeouts in a row, the RTO in ns, cwnd before. */
  TIMEOUT,

  /** A loss probe was due (RFC 8985 section 7). */
  LOSS_PROBE,

  /** A zero-window probe was due: how many went unanswered. */
  WINDOW_PROBE,

  /** A keep-alive probe was due: how many went unanswered. */
  KEEPALIVE_PROBE,

  /** A page of the file was not in memory: sending waits for it. */
  PARKED,

  /** It is over: ordinal of the {@link CloseCause}. The last event. */
  CLOSED
}
