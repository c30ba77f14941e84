package dev.twinpath.nic.wire;

/** What an impaired queue did to frames, both directions. Written by the queue's thread. */
public final class ImpairmentCounters {
  long lost;
  long lostInBursts;
  long duplicated;
  long corrupted;
  long reordered;
  long overflowed;
  long refused;

  ImpairmentCounters() {}

  /** Frames lost, alone or in bursts. */
  public long lost() {
    return lost;
  }

  /** Those of {@link #lost} that {@link BurstLoss} took. */
  public long lostInBursts() {
    return lostInBursts;
  }

  public long duplicated() {
    return duplicated;
  }

  public long corrupted() {
    return corrupted;
  }

  /** Frames that were held back. */
  public long reordered() {
    return reordered;
  }

  /** Frames lost because too many were under way. */
  public long overflowed() {
    return overflowed;
  }

  /** Frames lost because their offload context made no sense. */
  public long refused() {
    return refused;
  }
}
