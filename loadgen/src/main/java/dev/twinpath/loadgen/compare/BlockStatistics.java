package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.stats.Bootstrap;
import dev.twinpath.loadgen.stats.Interval;
import dev.twinpath.loadgen.stats.TrialOrder.Letter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * The ratios of one scenario from its trials. A block's value of a side is that of both its trials
 * together (sums over sums, merged histograms), never an average of percentiles.
 */
final class BlockStatistics {
  /** Of the intervals of ratios. */
  static final double CONFIDENCE = 0.95;

  /**
   * Of the null ratio: higher, because a report has many null checks and each false alarm makes it
   * invalid.
   */
  static final double NULL_CONFIDENCE = 0.99;

  /** Where in {@link #ratios()} the parts of the server's CPU belong. */
  static final int AFTER_SERVER_CPU = 6;

  private final Scenario scenario;
  private final List<Trial> trials;
  private final long seed;

  BlockStatistics(Scenario scenario, List<Trial> trials, long seed) {
    this.scenario = scenario;
    this.trials = trials;
    this.seed = seed;
  }

  List<Ratio> ratios() {
    List<Ratio> ratios = new ArrayList<>();
    ratios.add(ratio("requests/s", Ratio.Kind.RATE, this::rate));
    ratios.add(ratio("bytes/s", Ratio.Kind.BYTES, this::bytes));
    for (double percentile : new double[] {50, 99, 99.9}) {
      String name = "latency p" + (percentile == 99.9 ? "99.9" : (int) percentile);
      ratios.add(ratio(name, Ratio.Kind.LATENCY, t -> latency(t, percentile)));
    }
    ratios.add(ratio("server CPU/request", Ratio.Kind.CPU, t -> cpu(t, CpuCost::server)));
    ratios.add(ratio("machine CPU/request", Ratio.Kind.CPU, t -> cpu(t, CpuCost::machine)));
    ratios.add(ratio("  of it softirq", Ratio.Kind.CPU, t -> cpu(t, CpuCost::softirq)));
    ratios.add(ratio("generator CPU/request", Ratio.Kind.CPU, this::generatorCpu));
    return ratios;
  }

  /**
   * The server's own account of its CPU by role, as far as it has one for a side's path, and what
   * that leaves of the whole process: compilers, garbage collection, waiting by polling.
   */
  List<Ratio> roles(Side a, Side b) {
    List<Ratio> ratios = new ArrayList<>();
    double restOfA = cpu(of(Letter.A), CpuCost::server);
    double restOfB = cpu(of(Letter.B), CpuCost::server);
    for (String role : List.of("application", "stack", "simulated_nic")) {
      double ofA = cpu(of(Letter.A), cost -> role(cost, a, role));
      double ofB = cpu(of(Letter.B), cost -> role(cost, b, role));
      if (ofA > 0 || ofB > 0) {
        ratios.add(part(role, ofA, ofB));
        restOfA -= Double.isNaN(ofA) ? 0 : ofA;
        restOfB -= Double.isNaN(ofB) ? 0 : ofB;
      }
    }
    if (!ratios.isEmpty()) {
      ratios.add(part("the rest", Math.max(0, restOfA), Math.max(0, restOfB)));
    }
    return ratios;
  }

  private static Ratio part(String name, double a, double b) {
    return new Ratio("  of it " + name, Ratio.Kind.CPU, a, b, Interval.NONE, new double[0]);
  }

  private static double role(CpuCost cost, Side side, String role) {
    return cost.roles().getOrDefault(side.label() + "/" + role, Double.NaN);
  }

  private Ratio ratio(String name, Ratio.Kind kind, ToDoubleFunction<List<Trial>> value) {
    double[] blocks = blockRatios(value);
    return new Ratio(
        name,
        kind,
        value.applyAsDouble(of(Letter.A)),
        value.applyAsDouble(of(Letter.B)),
        Bootstrap.median(blocks, CONFIDENCE, seed),
        blocks);
  }

  private double[] blockRatios(ToDoubleFunction<List<Trial>> value) {
    return trials.stream()
        .mapToInt(Trial::block)
        .distinct()
        .mapToDouble(
            block ->
                value.applyAsDouble(of(Letter.B, block)) / value.applyAsDouble(of(Letter.A, block)))
        .toArray();
  }

  /** A path against itself in throughput. */
  Interval nullRate() {
    return nullInterval(this::bytes);
  }

  /** A path against itself in the server's CPU per request. */
  Interval nullCpu() {
    return nullInterval(t -> cpu(t, CpuCost::server));
  }

  private Interval nullInterval(ToDoubleFunction<List<Trial>> value) {
    return Bootstrap.median(nullRatios(value), NULL_CONFIDENCE, seed);
  }

  /**
   * A/A and B/B: in each block the value of a side's one trial over its other, in a random
   * direction. If their median is not about 1, the machine changed faster than the blocks cancel,
   * or trials disturb each other, and no ratio of the scenario can be believed.
   */
  double[] nullRatios(ToDoubleFunction<List<Trial>> value) {
    SplittableRandom random = new SplittableRandom(seed ^ 0x9E3779B97F4A7C15L);
    List<Double> ratios = new ArrayList<>();
    for (int block : trials.stream().mapToInt(Trial::block).distinct().toArray()) {
      for (Letter letter : Letter.values()) {
        List<Trial> pair = of(letter, block);
        if (pair.size() == 2) {
          double one = value.applyAsDouble(pair.subList(0, 1));
          double two = value.applyAsDouble(pair.subList(1, 2));
          ratios.add(random.nextBoolean() ? one / two : two / one);
        }
      }
    }
    return ratios.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private List<Trial> of(Letter letter) {
    return trials.stream().filter(t -> t.letter() == letter).toList();
  }

  private List<Trial> of(Letter letter, int block) {
    return trials.stream().filter(t -> t.letter() == letter && t.block() == block).toList();
  }

  private double rate(List<Trial> some) {
    return requests(some) / seconds(some);
  }

  private double bytes(List<Trial> some) {
    return some.stream().mapToLong(t -> t.load().measured().bodyBytes()).sum() / seconds(some);
  }

  private double requests(List<Trial> some) {
    return some.stream().mapToDouble(t -> t.requests(scenario)).sum();
  }

  private static double seconds(List<Trial> some) {
    return some.stream().mapToDouble(t -> t.load().seconds()).sum();
  }

  private static double latency(List<Trial> some, double percentile) {
    Histogram merged = new Histogram(3);
    some.forEach(t -> merged.add(t.load().latencies().intended()));
    return merged.getTotalCount() == 0 ? Double.NaN : merged.getValueAtPercentile(percentile);
  }

  private double cpu(List<Trial> some, ToDoubleFunction<CpuCost> part) {
    return some.stream().mapToDouble(t -> part.applyAsDouble(t.cpu())).sum() / requests(some);
  }

  private double generatorCpu(List<Trial> some) {
    return some.stream().mapToLong(t -> t.load().generatorCpuNanos()).sum() / 1e9 / requests(some);
  }
}
