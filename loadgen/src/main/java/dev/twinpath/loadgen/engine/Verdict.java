package dev.twinpath.loadgen.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether a run's figures are the server's, or the generator's own limits.
 *
 * @param reasons why the run is invalid; empty when it is valid
 */
public record Verdict(List<Reason> reasons) {
  /**
   * One reason.
   *
   * @param code a stable word for programs
   * @param text the same for people, with the figures
   */
  public record Reason(String code, String text) {}

  /** {@link Reason#code()}: a generator thread wanted a whole CPU. */
  public static final String SATURATED = "generator-saturated";

  /** {@link Reason#code()}: a generator thread had to wait for a CPU that others used. */
  public static final String STARVED = "generator-starved";

  /** {@link Reason#code()}: requests left late although they could have been sent. */
  public static final String LATE = "generator-late";

  /** {@link Reason#code()}: less than the offered rate was answered. */
  public static final String RATE = "rate-not-reached";

  /** {@link Reason#code()}: not one response was measured. */
  public static final String NOTHING = "nothing-measured";

  /**
   * In an open loop a thread that is busier than this queues requests against each other, and their
   * waiting would be taken for the server's.
   */
  static final double OPEN_LOOP_BUSY = 0.80;

  /** In a closed loop a thread that is busier than this may be what limits the throughput. */
  static final double CLOSED_LOOP_BUSY = 0.95;

  /** A thread that waits longer than this share of the time measures its machine's other work. */
  static final double STARVED_WAIT = 0.20;

  /** Lateness matters from here on, and only as a tenth of what was measured. */
  static final long LATE_NANOS = 1_000_000;

  static final double REACHED = 0.99;

  /** Copies the reasons. */
  public Verdict {
    reasons = List.copyOf(reasons);
  }

  /** Returns whether the figures can be believed. */
  public boolean valid() {
    return reasons.isEmpty();
  }

  /** Returns whether one of the reasons has this code. */
  public boolean has(String code) {
    return reasons.stream().anyMatch(reason -> reason.code().equals(code));
  }

  static Verdict of(LoadResult result) {
    List<Reason> reasons = new ArrayList<>();
    if (result.measured().succeeded() == 0 && result.measured().bodyBytes() == 0) {
      reasons.add(new Reason(NOTHING, "no response was measured"));
    }
    saturated(result, reasons);
    starved(result, reasons);
    if (result.spec().openLoop()) {
      late(result, reasons);
      rate(result, reasons);
    }
    return new Verdict(reasons);
  }

  private static void saturated(LoadResult result, List<Reason> reasons) {
    double limit = result.spec().openLoop() ? OPEN_LOOP_BUSY : CLOSED_LOOP_BUSY;
    double busy = result.busiestThread();
    if (busy > limit) {
      reasons.add(
          new Reason(
              SATURATED,
              String.format(
                  Locale.ROOT,
                  "a generator thread wanted a CPU for %.0f%% of the time (limit %.0f%%):"
                      + " throughput is a lower bound, latency is partly the generator's",
                  busy * 100,
                  limit * 100)));
    }
  }

  private static void starved(LoadResult result, List<Reason> reasons) {
    if (result.longestWait() > STARVED_WAIT) {
      reasons.add(
          new Reason(
              STARVED,
              String.format(
                  Locale.ROOT,
                  "a generator thread waited for a CPU in %.0f%% of the time (limit %.0f%%): the"
                      + " machine is too busy, or has too few cores, for this load",
                  result.longestWait() * 100,
                  STARVED_WAIT * 100)));
    }
  }

  private static void late(LoadResult result, List<Reason> reasons) {
    long late = result.latencies().generatorLateness().getValueAtPercentile(99);
    long latency = result.latencies().intended().getValueAtPercentile(99);
    if (late > LATE_NANOS && late > latency / 10) {
      reasons.add(
          new Reason(
              LATE,
              String.format(
                  Locale.ROOT,
                  "the generator sent late by its own fault: p99 %.2f ms, of a measured p99 of"
                      + " %.2f ms",
                  late / 1e6,
                  latency / 1e6)));
    }
  }

  private static void rate(LoadResult result, List<Reason> reasons) {
    double offered = result.spec().rate();
    long answered = result.measured().succeeded() + result.measured().failed();
    // Two requests of grace: those at both edges of the window.
    if (answered < offered * result.seconds() * REACHED - 2) {
      reasons.add(
          new Reason(
              RATE,
              String.format(
                  Locale.ROOT,
                  "%.1f requests/s were answered of %.1f offered (limit %.0f%%)",
                  answered / result.seconds(),
                  offered,
                  REACHED * 100)));
    }
  }
}
