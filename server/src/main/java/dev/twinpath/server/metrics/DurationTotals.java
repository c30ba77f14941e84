package dev.twinpath.server.metrics;

import java.util.List;

/** The buckets of a histogram, added up over event loops and label values. */
public final class DurationTotals {
  private final long[] counts = new long[DurationBuckets.COUNT];
  private long sumNanos;

  /** Adds one histogram of every recorder, whose first cell is given. */
  void add(List<LoopRecorder> recorders, int firstCell) {
    for (LoopRecorder recorder : recorders) {
      for (int bucket = 0; bucket < counts.length; bucket++) {
        counts[bucket] += recorder.read(firstCell + bucket);
      }
      sumNanos += recorder.read(firstCell + DurationBuckets.COUNT);
    }
  }

  /** Observations in each bucket of {@link DurationBuckets}, not cumulated. */
  public long[] counts() {
    return counts.clone();
  }

  /** All observations. It is the sum of the buckets, so that count and buckets always agree. */
  public long count() {
    long count = 0;
    for (long bucket : counts) {
      count += bucket;
    }
    return count;
  }

  /** The sum of all observations in nanoseconds, exact. */
  public long sumNanos() {
    return sumNanos;
  }
}
