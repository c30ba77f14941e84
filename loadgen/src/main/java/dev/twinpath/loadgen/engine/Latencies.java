package dev.twinpath.loadgen.engine;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The histograms of a run, in nanoseconds, three significant digits, up to an hour.
 *
 * <p>They are merged over threads by adding the histograms; a percentile is only ever read from the
 * sum.
 *
 * @param intended from the intended send time to the last byte of the response
 * @param actual from the actual send to the last byte of the response
 * @param sendLateness from the intended send time to the actual send, whoever is to blame
 * @param generatorLateness the generator's own part of it: from when the request was due and a
 *     connection was free to the actual send
 */
public record Latencies(
    Histogram intended, Histogram actual, Histogram sendLateness, Histogram generatorLateness) {
  private static final long MAX_NANOS = TimeUnit.HOURS.toNanos(1);

  /** Returns empty histograms. */
  public static Latencies empty() {
    return new Latencies(histogram(), histogram(), histogram(), histogram());
  }

  private static Histogram histogram() {
    return new Histogram(1, MAX_NANOS, 3);
  }

  /** Records a value, which is cut to the range of the histogram. */
  static void record(Histogram histogram, long nanos) {
    histogram.recordValue(nanos < 0 ? 0 : Math.min(nanos, MAX_NANOS));
  }

  /** Adds another run's or thread's histograms to these. */
  public void add(Latencies other) {
    intended.add(other.intended);
    actual.add(other.actual);
    sendLateness.add(other.sendLateness);
    generatorLateness.add(other.generatorLateness);
  }
}
