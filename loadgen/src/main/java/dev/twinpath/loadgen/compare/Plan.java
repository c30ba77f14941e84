package dev.twinpath.loadgen.compare;

import java.time.Duration;
import java.util.List;

/**
 * How a comparison is done.
 *
 * @param scenarios what both sides are loaded with, one after the other
 * @param blocks blocks of four trials per scenario, 1 or more
 * @param duration measured time of a trial
 * @param warmUp time before it, in each trial
 * @param rate requests per second of an open loop, 0 for the closed loop
 * @param threads generator threads
 * @param seed of the order of trials and of the bootstrap
 */
public record Plan(
    List<Scenario> scenarios,
    int blocks,
    Duration duration,
    Duration warmUp,
    double rate,
    int threads,
    long seed) {
  /** Checks the ranges. */
  public Plan {
    scenarios = List.copyOf(scenarios);
    if (blocks < 1 || blocks > 1_000) {
      throw new IllegalArgumentException("blocks must be 1 to 1000");
    }
    if (scenarios.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to compare with");
    }
  }

  /** Returns about how long it takes. */
  public Duration estimate() {
    Duration trial = duration.plus(warmUp).plusMillis(300);
    return trial
        .multipliedBy(4L * blocks * scenarios.size())
        .plus(CompareRunner.preparation(this).multipliedBy(2L * scenarios.size()));
  }
}
