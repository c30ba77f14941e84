package dev.twinpath.loadgen.engine;

import java.time.Instant;
import java.util.List;

/**
 * What a run measured.
 *
 * @param spec the run
 * @param startedAt when it began
 * @param endedEarly whether it was stopped before its time
 * @param measuredNanos the length of the measured time
 * @param total counted over the whole run, with warm-up and drain
 * @param measured counted in the measured time
 * @param latencies of the measured requests
 * @param threads each generator thread's usage over the measured time
 * @param censored requests of an open loop that the run's end left unanswered: their waiting until
 *     then stands in the histogram as a lower bound
 * @param abandoned requests that were in flight when the run gave up waiting
 */
public record LoadResult(
    LoadSpec spec,
    Instant startedAt,
    boolean endedEarly,
    long measuredNanos,
    Counts total,
    Counts measured,
    Latencies latencies,
    List<ThreadUsage> threads,
    long censored,
    long abandoned) {

  /** Returns the measured time in seconds. */
  public double seconds() {
    return measuredNanos / 1e9;
  }

  /** Returns successful responses per second. */
  public double requestsPerSecond() {
    return measuredNanos == 0 ? 0 : measured.succeeded() / seconds();
  }

  /** Returns bytes of bodies per second. */
  public double bytesPerSecond() {
    return measuredNanos == 0 ? 0 : measured.bodyBytes() / seconds();
  }

  /** Returns the CPU time of the generator's threads over the measured time, in nanoseconds. */
  public long generatorCpuNanos() {
    return threads.stream().mapToLong(ThreadUsage::cpuNanos).sum();
  }

  /**
   * Returns the share of the measured time in which the busiest generator thread had a CPU or
   * wanted one, 0 to about 1.
   */
  public double busiestThread() {
    return threads.stream().mapToDouble(ThreadUsage::wanted).max().orElse(0);
  }

  /** Returns the share of the measured time in which the hungriest thread waited for a CPU. */
  public double longestWait() {
    return threads.stream().mapToDouble(ThreadUsage::waited).max().orElse(0);
  }

  /** Returns the judgement on the generator itself. */
  public Verdict verdict() {
    return Verdict.of(this);
  }
}
