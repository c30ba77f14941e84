package dev.twinpath.userstack.tcp;

/**
 * How a connection's congestion window grows and shrinks. Implementations keep their state in the
 * control block, so that one instance serves a shard.
 */
interface CongestionControl {
  /** The name, as in Linux's tcp_congestion_control. */
  String name();

  /** The slow start threshold after a loss (RFC 5681 section 3.1, equation 4). */
  long slowStartThreshold(Connection c);

  /**
   * Bytes were acknowledged while nothing was being recovered and the window was in use.
   *
   * @param acked bytes, newly acknowledged or SACKed
   */
  void onAcknowledged(Connection c, long acked);
}
