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
   * The algorithm of a name.
   *
   * @param name "cubic" or "reno"
   * @throws IllegalArgumentException when there is none of that name
   */
  static CongestionControl named(String name) {
    switch (name) {
      case "cubic":
        return new Cubic();
      case "reno":
        return new NewReno();
      default:
        throw new IllegalArgumentException(
            "there is no congestion control \"" + name + "\"; use cubic or reno");
    }
  }
}
