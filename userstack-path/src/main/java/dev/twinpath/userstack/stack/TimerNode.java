package dev.twinpath.userstack.stack;

/**
 * What a {@link TimerWheel} holds: a node linked into it, so that arming never allocates. The owner
 * keeps its real deadlines itself; the node is only promised to fire at or after the earliest.
 */
public abstract class TimerNode {
  TimerNode wheelPrevious;
  TimerNode wheelNext;
  long wheelDeadline;
  int wheelBucket = -1;

  /**
   * The node's deadline has passed; it is no longer in the wheel. It may be armed again.
   *
   * @param nowNanos the wheel's time
   */
  protected abstract void onTimer(long nowNanos);

  /** Whether the node is in the wheel. */
  public final boolean isArmed() {
    return wheelBucket >= 0;
  }
}
