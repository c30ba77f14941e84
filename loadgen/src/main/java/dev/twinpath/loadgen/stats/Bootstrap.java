package dev.twinpath.loadgen.stats;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The median of a few values with a percentile bootstrap confidence interval (Efron and Tibshirani,
 * An Introduction to the Bootstrap, chapter 13).
 *
 * <p>With n values the interval can be no wider than from the least to the greatest of them: few
 * blocks give a rough interval, and the report says how many there were.
 */
public final class Bootstrap {
  private static final int RESAMPLES = 10_000;

  private Bootstrap() {}

  /**
   * Returns the median and its interval.
   *
   * @param values any number; none, or one that is not finite, gives {@link Interval#NONE}
   * @param confidence for example 0.95
   * @param seed the same seed gives the same interval
   */
  public static Interval median(double[] values, double confidence, long seed) {
    if (values.length == 0 || !Arrays.stream(values).allMatch(Double::isFinite)) {
      return Interval.NONE;
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] medians = new double[RESAMPLES];
    double[] sample = new double[values.length];
    for (int i = 0; i < RESAMPLES; i++) {
      for (int j = 0; j < sample.length; j++) {
        sample[j] = values[random.nextInt(values.length)];
      }
      medians[i] = medianOf(sample);
    }
    Arrays.sort(medians);
    double tail = (1 - confidence) / 2;
    return new Interval(
        medianOf(values.clone()),
        medians[(int) Math.floor(tail * (RESAMPLES - 1))],
        medians[(int) Math.ceil((1 - tail) * (RESAMPLES - 1))]);
  }

  /** Returns the median of values, which are sorted by this. */
  static double medianOf(double[] values) {
    Arrays.sort(values);
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }
}
