package dev.twinpath.userstack.ip;

import dev.twinpath.userstack.stack.TimerNode;

/** One neighbour on the link. Its timer drives the states. */
public final class Neighbor extends TimerNode {
  final long high;
  final long low;

  /** Frames that wait for the link address: a list in the cache. */
  int pendingHead = -1;

  int pendingTail = -1;
  int pendingCount;

  /** Whether packets of ours went, or were to go, to it: more than having heard of it. */
  boolean wanted;

  /** Whether it says that it is a router (RFC 4861 section 7.2.5). */
  boolean router;

  int probes;
  long confirmedNanos;
  long updatedNanos;
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

  /** Whether it said in its last advertisement that it is a router; IPv6 alone. */
  public boolean isRouter() {
    return router;
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
