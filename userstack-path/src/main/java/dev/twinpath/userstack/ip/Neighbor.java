package dev.twinpath.userstack.ip;

import dev.twinpath.userstack.stack.TimerNode;

/** One neighbour on the link. Its timer drives the states. */
public final class Neighbor extends TimerNode {
  static final int MAX_PENDING = 3;

  final long high;
  final long low;
  final int[] pendingBlocks = new int[MAX_PENDING];
  final int[] pendingLengths = new int[MAX_PENDING];
  int pendingCount;
  int probes;
  long confirmedNanos;
  Neighbor bucketNext;

  private final NeighborCache cache;
  NeighborState state = NeighborState.INCOMPLETE;
  long mac;
  int version;

  Neighbor(NeighborCache cache, long high, long low) {
    this.cache = cache;
    this.high = high;
    this.low = low;
  }

  /** The address, of either IP version. Allocates. */
  public IpAddress address() {
    return new IpAddress(high, low);
  }

  /** Whether it is a neighbour by IPv4. */
  public boolean isV4() {
    return IpAddress.isV4(high, low);
  }

  /** The state. */
  public NeighborState state() {
    return state;
  }

  /** Link address; valid while {@link #isUsable}. */
  public long mac() {
    return mac;
  }

  /** Changes whenever the link address does. */
  public int version() {
    return version;
  }

  /** Whether packets can be sent to {@link #mac}. */
  public boolean isUsable() {
    return state != NeighborState.INCOMPLETE
        && state != NeighborState.FAILED
        && state != NeighborState.EVICTED;
  }

  /** An upper layer got an answer by way of this neighbour (RFC 4861 section 7.3.1). */
  public void confirm(long nowNanos) {
    confirmedNanos = nowNanos;
    if (state != NeighborState.REACHABLE && isUsable()) {
      cache.reachable(this, nowNanos);
    }
  }

  @Override
  protected void onTimer(long nowNanos) {
    cache.onTimer(this, nowNanos);
  }
}
