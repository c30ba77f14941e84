package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.stats.Interval;

/**
 * One quantity on both sides.
 *
 * @param quantity its name in reports, for example {@code requests/s}
 * @param kind how it is written
 * @param a the value of the first side over all its trials, NaN when it is not known
 * @param b the same of the second side
 * @param ratio b over a: the median of the blocks' ratios with its interval
 * @param blocks the ratio of each block
 */
public record Ratio(
    String quantity, Kind kind, double a, double b, Interval ratio, double[] blocks) {
  /** How a value is written, and what it depends on. */
  public enum Kind {
    /** Requests per second. */
    RATE,
    /** Bytes per second. */
    BYTES,
    /** Nanoseconds of latency. */
    LATENCY,
    /** Seconds of CPU per request. */
    CPU
  }
}
