package dev.twinpath.loadgen.engine;

/**
 * The marks of a run, in the clock of {@link System#nanoTime()}.
 *
 * @param start when the first request is due
 * @param measureStart when the warm-up is over
 * @param measureEnd when the measured time is over
 */
record RunClock(long start, long measureStart, long measureEnd) {
  static RunClock startingAt(long start, LoadSpec spec) {
    long measureStart = start + spec.warmUpNanos();
    return new RunClock(start, measureStart, measureStart + spec.durationNanos());
  }
}
