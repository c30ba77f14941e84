package dev.twinpath.server.metrics;

/**
 * What the buckets of a recorder's histogram count. Every scale has {@link DurationBuckets#COUNT}
 * buckets.
 */
enum BucketScale {
  /** Nanoseconds in the catalogue's buckets, shown as seconds. */
  DURATION(1e9) {
    @Override
    int indexOf(long value) {
      return DurationBuckets.indexOf(value);
    }

    @Override
    double[] upperBounds() {
      return DurationBuckets.upperBoundsSeconds();
    }
  },
  /** Bytes in buckets that double from 4 KiB to 512 MiB. */
  BYTES(1) {
    @Override
    int indexOf(long value) {
      int doublings = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, value) - 1) - LEAST_SHIFT;
      return Math.min(Math.max(0, doublings), DurationBuckets.COUNT - 1);
    }

    @Override
    double[] upperBounds() {
      double[] bounds = new double[DurationBuckets.COUNT];
      for (int i = 0; i < bounds.length - 1; i++) {
        bounds[i] = 1L << (LEAST_SHIFT + i);
      }
      bounds[bounds.length - 1] = Double.POSITIVE_INFINITY;
      return bounds;
    }
  };

  private static final int LEAST_SHIFT = 12;

  private final double unitsPerShown;

  BucketScale(double unitsPerShown) {
    this.unitsPerShown = unitsPerShown;
  }

  /** The first bucket whose upper bound is not below the value. */
  abstract int indexOf(long value);

  /** The inclusive upper bounds as shown, the last one infinite. */
  abstract double[] upperBounds();

  /** A sum of values as shown. */
  double shown(long sum) {
    return sum / unitsPerShown;
  }
}
