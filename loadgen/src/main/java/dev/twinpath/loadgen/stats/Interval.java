package dev.twinpath.loadgen.stats;

/**
 * An estimate with its confidence interval.
 *
 * @param estimate the value itself, NaN when there is none
 * @param low the lower bound
 * @param high the upper bound
 */
public record Interval(double estimate, double low, double high) {
  /** No estimate. */
  public static final Interval NONE = new Interval(Double.NaN, Double.NaN, Double.NaN);

  /** Returns whether there is an estimate. */
  public boolean exists() {
    return !Double.isNaN(estimate);
  }

  /** Returns whether the value lies inside the bounds; never when there is no estimate. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
