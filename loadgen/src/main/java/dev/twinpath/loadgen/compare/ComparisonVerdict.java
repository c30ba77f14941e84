package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.engine.Verdict;
import dev.twinpath.loadgen.stats.Interval;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether the ratios of a scenario can be believed.
 *
 * <p>A generator at its limit spoils rates and latencies, but not the CPU that the server spent on
 * each request; so the two are judged apart.
 *
 * @param all against all figures
 * @param rates against rates and latencies
 * @param cpu against CPU per request
 */
public record ComparisonVerdict(
    List<Verdict.Reason> all, List<Verdict.Reason> rates, List<Verdict.Reason> cpu) {
  /** {@link Verdict.Reason#code()}: a trial had failed requests. */
  public static final String ERRORS = "errors";

  /** {@link Verdict.Reason#code()}: a body was wrong before the trials began. */
  public static final String WRONG_BODY = "wrong-body";

  /** {@link Verdict.Reason#code()}: the interval of A/A and B/B does not contain 1. */
  public static final String NULL_RUN = "null-run";

  /** {@link Verdict.Reason#code()}: that interval is too wide to tell anything. */
  public static final String NOISE = "noise";

  /** {@link Verdict.Reason#code()}: other processes used the machine meanwhile. */
  public static final String BUSY_MACHINE = "busy-machine";

  /** {@link Verdict.Reason#code()}: the comparison ended before one block was complete. */
  public static final String NO_BLOCK = "no-block";

  /** A path against itself must be known better than this, or its equality means nothing. */
  static final double WIDEST_NULL = 1.25;

  /** Others may use this share of the machine. */
  static final double OTHERS = 0.10;

  /** Copies the reasons. */
  public ComparisonVerdict {
    all = List.copyOf(all);
    rates = List.copyOf(rates);
    cpu = List.copyOf(cpu);
  }

  /** A verdict for one reason against all. */
  static ComparisonVerdict invalid(String code, String text) {
    return new ComparisonVerdict(List.of(new Verdict.Reason(code, text)), List.of(), List.of());
  }

  /** Returns whether rates and latencies can be believed. */
  public boolean ratesValid() {
    return all.isEmpty() && rates.isEmpty();
  }

  /** Returns whether CPU per request can be believed. */
  public boolean cpuValid() {
    return all.isEmpty() && cpu.isEmpty();
  }

  /** Returns whether every figure can be believed. */
  public boolean valid() {
    return ratesValid() && cpuValid();
  }

  /** Returns the verdict in a word or a few. */
  public String word() {
    if (valid()) {
      return "VALID";
    }
    return cpuValid() ? "INVALID but for CPU" : ratesValid() ? "VALID but for CPU" : "INVALID";
  }

  /**
   * Judges trials.
   *
   * @param nullRate a path against itself in throughput
   * @param nullCpu a path against itself in CPU per request; {@link Interval#NONE} when the CPU of
   *     the servers is not known
   */
  static ComparisonVerdict of(List<Trial> trials, Interval nullRate, Interval nullCpu) {
    if (trials.isEmpty()) {
      return invalid(NO_BLOCK, "no block of four trials was completed");
    }
    List<Verdict.Reason> all = new ArrayList<>();
    List<Verdict.Reason> rates = new ArrayList<>();
    List<Verdict.Reason> cpu = new ArrayList<>();
    long failed = trials.stream().mapToLong(t -> t.load().total().failed()).sum();
    if (failed > 0) {
      all.add(
          new Verdict.Reason(ERRORS, String.format(Locale.ROOT, "%,d requests failed", failed)));
    }
    ofTrials(trials, all, rates);
    ofOthers(trials, rates);
    if (nullRate.exists()) {
      ofNull("throughput", nullRate, rates);
    } else if (all.isEmpty()) {
      rates.add(new Verdict.Reason(NOISE, "a path could not be compared with itself"));
    }
    if (nullCpu.exists()) {
      ofNull("CPU per request", nullCpu, cpu);
    }
    return new ComparisonVerdict(all, rates, cpu);
  }

  private static void ofOthers(List<Trial> trials, List<Verdict.Reason> reasons) {
    int cpus = Runtime.getRuntime().availableProcessors();
    double[] busy =
        trials.stream().mapToDouble(t -> t.others(cpus)).filter(o -> o > OTHERS).toArray();
    if (busy.length > 0) {
      reasons.add(
          new Verdict.Reason(
              BUSY_MACHINE,
              String.format(
                  Locale.ROOT,
                  "in %d of %d trials other processes used up to %.0f%% of the machine (limit"
                      + " %.0f%%)",
                  busy.length,
                  trials.size(),
                  Arrays.stream(busy).max().orElse(0) * 100,
                  OTHERS * 100)));
    }
  }

  private static void ofNull(String quantity, Interval nullRatio, List<Verdict.Reason> reasons) {
    String found =
        String.format(
            Locale.ROOT,
            "a path against itself in %s gave %.3f [%.3f..%.3f]",
            quantity,
            nullRatio.estimate(),
            nullRatio.low(),
            nullRatio.high());
    if (!nullRatio.contains(1)) {
      reasons.add(
          new Verdict.Reason(
              NULL_RUN, found + ", which does not contain 1: the machine changed meanwhile"));
    } else if (nullRatio.low() < 1 / WIDEST_NULL || nullRatio.high() > WIDEST_NULL) {
      reasons.add(
          new Verdict.Reason(
              NOISE, found + ": too noisy a machine, or too few or too short trials"));
    }
  }

  /** What the generator said of itself, each thing once, with how many trials it befell. */
  private static void ofTrials(
      List<Trial> trials, List<Verdict.Reason> all, List<Verdict.Reason> rates) {
    Map<String, List<Verdict.Reason>> byCode = new LinkedHashMap<>();
    for (Trial trial : trials) {
      for (Verdict.Reason reason : trial.load().verdict().reasons()) {
        byCode.computeIfAbsent(reason.code(), code -> new ArrayList<>()).add(reason);
      }
    }
    byCode.forEach(
        (code, reasons) ->
            (code.equals(Verdict.NOTHING) ? all : rates)
                .add(
                    new Verdict.Reason(
                        code,
                        String.format(
                            Locale.ROOT,
                            "in %d of %d trials; the first: %s",
                            reasons.size(),
                            trials.size(),
                            reasons.get(0).text()))));
  }
}
