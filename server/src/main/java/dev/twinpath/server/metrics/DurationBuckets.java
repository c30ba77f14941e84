package dev.twinpath.server.metrics;

/**
 * The bucket bounds of every duration histogram, in nanoseconds, as the metric catalogue fixes
 * them.
 */
public final class DurationBuckets {
  private static final long MICRO = 1_000L;
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private static final long[] BOUNDS = {
    25 * MICRO,
    50 * MICRO,
    100 * MICRO,
    250 * MICRO,
    500 * MICRO,
    MILLI,
    2_500 * MICRO,
    5 * MILLI,
    10 * MILLI,
    25 * MILLI,
    50 * MILLI,
    100 * MILLI,
    250 * MILLI,
    500 * MILLI,
    SECOND,
    2_500 * MILLI,
    5 * SECOND,
    10 * SECOND
  };

  /** The number of buckets, the last one (above every bound) included. */
  public static final int COUNT = BOUNDS.length + 1;

  private DurationBuckets() {}

  /**
   * The bucket of a duration: the first whose upper bound is not below it, as Prometheus' {@code
   * le}.
   */
  public static int indexOf(long nanos) {
    int low = 0;
    int high = BOUNDS.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (nanos <= BOUNDS[middle]) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * The inclusive upper bound of a bucket in nanoseconds; {@code Long.MAX_VALUE} for the last one.
   */
  public static long upperBoundNanos(int bucket) {
    return bucket == BOUNDS.length ? Long.MAX_VALUE : BOUNDS[bucket];
  }

  /** The upper bounds in seconds, the last one infinite. */
  public static double[] upperBoundsSeconds() {
    double[] seconds = new double[COUNT];
    for (int i = 0; i < BOUNDS.length; i++) {
      seconds[i] = BOUNDS[i] / 1e9;
    }
    seconds[BOUNDS.length] = Double.POSITIVE_INFINITY;
    return seconds;
  }
}
