package dev.twinpath.userstack.netty;

/**
 * What an event loop of the user-level stack does when there is nothing to do: how long it goes on
 * looking at the NIC before it blocks in {@code poll(2)}.
 *
 * <p>Spinning hides the wake-up latency of a blocked thread (tens of microseconds) and burns a
 * core; blocking is kind to the machine. Where loops and clients share few cores, spin little.
 *
 * @param busyPollNanos nanoseconds without work after which the loop blocks; 0 blocks at once,
 *     {@link Long#MAX_VALUE} never blocks
 */
public record IdleStrategy(long busyPollNanos) {

  /**
   * Spins 50 us, then blocks: about one wake-up's latency, so that the worst case at most doubles.
   */
  public static final IdleStrategy DEFAULT = new IdleStrategy(50_000);

  /** Blocks as soon as there is nothing to do. */
  public static final IdleStrategy BLOCK = new IdleStrategy(0);

  /** Never blocks; for a core of its own. */
  public static final IdleStrategy SPIN = new IdleStrategy(Long.MAX_VALUE);

  /** Checks the range. */
  public IdleStrategy {
    if (busyPollNanos < 0) {
      throw new IllegalArgumentException("busyPollNanos: " + busyPollNanos);
    }
  }
}
