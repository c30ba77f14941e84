package dev.twinpath.userstack.tcp;

/**
 * How a connection's congestion window grows and shrinks (RFC 5681 and what goes beyond it). One
 * instance serves a shard; what it must remember of a connection is in {@link
 * TransmissionControlBlock}, or in an object that it keeps in {@link Connection#congestionState}.
 * One thread.
 */
interface CongestionControl {
  /** The name, as in Linux's tcp_congestion_control. */
  String name();

  /**
   * A loss was found: the slow start threshold (RFC 5681 section 3.1, equation 4). Called once for
   * each reduction, before the window is changed.
   */
  long slowStartThreshold(Connection c);

  /**
   * Bytes were acknowledged while nothing was being recovered and the window was in use.
   *
   * @param event {@link AckEvent#delivered} are the bytes, newly acknowledged or SACKed
   * @param now the shard's clock
   */
  void onAcknowledged(Connection c, AckEvent event, long now);

  /** The same, but the application or the peer's window is what limits: no reason to grow. */
  default void onUnderused(Connection c, long now) {}

  /** The retransmission timer fired: the window has gone down to one segment. */
  default void onTimeout(Connection c) {}

  /** The last reduction was needless; window and threshold have been restored. */
  default void onUndo(Connection c) {}

  /**
   * Whether it decides rate and window itself, from rate samples: then none of the above grows or
   * shrinks the window but {@link #onTimeout}, the connection is paced, and what follows is called.
   */
  default boolean hasModel() {
    return false;
  }

  /**
   * A packet is about to leave.
   *
   * @param idle nothing is outstanding
   */
  default void onSending(Connection c, boolean idle, long now) {}

  /** A packet was marked lost; {@link DeliveryRate#lost} counts it already. */
  default void onLost(Connection c, SentSegment segment) {}

  /** An acknowledgment was taken in, losses it tells of included. */
  default void onSample(Connection c, RateSample sample, long now) {}

  /** Nothing is being recovered any more. */
  default void onRecovered(Connection c) {}
}
