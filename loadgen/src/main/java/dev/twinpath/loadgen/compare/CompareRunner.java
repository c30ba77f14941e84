package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.engine.ErrorKind;
import dev.twinpath.loadgen.engine.Expectation;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.LoadSpecBuilder;
import dev.twinpath.loadgen.engine.PhaseListener;
import dev.twinpath.loadgen.engine.TargetSpec;
import dev.twinpath.loadgen.stats.Interval;
import dev.twinpath.loadgen.stats.TrialOrder;
import dev.twinpath.loadgen.stats.TrialOrder.Letter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Does the trials of a comparison: for each scenario first one checked body from each side, then
 * each side warmed up, then blocks of four trials in the order of {@link TrialOrder}.
 */
final class CompareRunner {
  private static final Duration LONGEST_PREPARATION = Duration.ofSeconds(3);

  private static final Duration CHECK_PATIENCE = Duration.ofSeconds(60);

  private final Plan plan;
  private final Side a;
  private final Side b;
  private final Generator generator;
  private final CpuMeter meterA;
  private final CpuMeter meterB;
  private final Consumer<String> progress;
  private volatile boolean stopped;

  CompareRunner(
      Plan plan,
      Side a,
      Side b,
      Generator generator,
      CpuMeter meterA,
      CpuMeter meterB,
      Consumer<String> progress) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.generator = generator;
    this.meterA = meterA;
    this.meterB = meterB;
    this.progress = progress;
  }

  /**
   * Returns the length of the unmeasured load on each side before a scenario's trials, which is for
   * the compilers of the JVMs.
   */
  static Duration preparation(Plan plan) {
    Duration trial = plan.duration().plus(plan.warmUp());
    return trial.compareTo(LONGEST_PREPARATION) < 0 ? trial : LONGEST_PREPARATION;
  }

  /** Ends early: what was measured in complete blocks is the result. From any thread. */
  void stop() {
    stopped = true;
    generator.stop();
  }

  List<ScenarioResult> run() throws IOException, InterruptedException {
    List<ScenarioResult> results = new ArrayList<>();
    for (int i = 0; i < plan.scenarios().size() && !stopped; i++) {
      results.add(run(plan.scenarios().get(i), plan.seed() + i));
    }
    return results;
  }

  private ScenarioResult run(Scenario scenario, long seed)
      throws IOException, InterruptedException {
    for (Side side : List.of(a, b)) {
      progress.accept(scenario.name() + ": one checked body over " + side.label());
      String wrong = check(scenario, side);
      if (!wrong.isEmpty()) {
        return withoutTrials(
            scenario,
            ComparisonVerdict.invalid(ComparisonVerdict.WRONG_BODY, side.label() + ": " + wrong));
      }
    }
    for (Side side : List.of(a, b)) {
      if (!stopped) {
        progress.accept(scenario.name() + ": warming up " + side.label());
        LoadSpec spec =
            spec(scenario, side).duration(preparation(plan)).warmUp(Duration.ZERO).build();
        generator.run(spec, PhaseListener.NONE);
      }
    }
    List<Trial> trials = trials(scenario, seed);
    BlockStatistics statistics = new BlockStatistics(scenario, trials, seed);
    List<Ratio> ratios = new ArrayList<>(statistics.ratios());
    ratios.addAll(BlockStatistics.AFTER_SERVER_CPU, statistics.roles(a, b));
    Interval nullRate = statistics.nullRate();
    Interval nullCpu = statistics.nullCpu();
    return new ScenarioResult(
        scenario,
        trials,
        ratios,
        nullRate,
        nullCpu,
        ComparisonVerdict.of(trials, nullRate, nullCpu));
  }

  private static ScenarioResult withoutTrials(Scenario scenario, ComparisonVerdict verdict) {
    return new ScenarioResult(
        scenario, List.of(), List.of(), Interval.NONE, Interval.NONE, verdict);
  }

  private List<Trial> trials(Scenario scenario, long seed)
      throws IOException, InterruptedException {
    List<Trial> complete = new ArrayList<>();
    List<List<Letter>> blocks = TrialOrder.blocks(plan.blocks(), seed);
    for (int block = 0; block < blocks.size() && !stopped; block++) {
      List<Trial> trials = new ArrayList<>();
      for (int position = 0; position < 4 && !stopped; position++) {
        Letter letter = blocks.get(block).get(position);
        Side side = letter == Letter.A ? a : b;
        progress.accept(
            String.format(
                Locale.ROOT,
                "%s: block %d/%d, trial %d/4, %s",
                scenario.name(),
                block + 1,
                blocks.size(),
                position + 1,
                side.label()));
        trials.add(trial(scenario, block, position, letter));
      }
      if (!stopped) {
        complete.addAll(trials);
      }
    }
    return complete;
  }

  private Trial trial(Scenario scenario, int block, int position, Letter letter)
      throws IOException, InterruptedException {
    CpuMeter meter = letter == Letter.A ? meterA : meterB;
    CpuWindow window = new CpuWindow(meter);
    LoadResult load = generator.run(spec(scenario, letter == Letter.A ? a : b).build(), window);
    return new Trial(block, position, letter, load, window.cost());
  }

  private LoadSpecBuilder spec(Scenario scenario, Side side) {
    TargetSpec target =
        new TargetSpec(
            side.url(scenario.path()), "GET", List.of(), new Expectation(scenario.size(), ""));
    return LoadSpec.builder(List.of(target))
        .connections(scenario.connections())
        .threads(plan.threads())
        .duration(plan.duration())
        .warmUp(plan.warmUp())
        .rate(plan.rate())
        // Large files in flight at the end are nobody's error and not worth waiting for.
        .drain(plan.rate() > 0 ? Duration.ofSeconds(2) : Duration.ofMillis(200));
  }

  /** Fetches one body and checks all of it; returns what is wrong with it, or nothing. */
  private String check(Scenario scenario, Side side) throws IOException, InterruptedException {
    TargetSpec target =
        new TargetSpec(
            side.url(scenario.path()),
            "GET",
            List.of(),
            new Expectation(scenario.size(), scenario.sha256()));
    LoadSpec spec =
        LoadSpec.builder(List.of(target))
            .connections(1)
            .duration(Duration.ofMillis(1))
            .warmUp(Duration.ZERO)
            .drain(CHECK_PATIENCE)
            .build();
    LoadResult result = generator.run(spec, PhaseListener.NONE);
    if (result.total().failed() > 0) {
      for (ErrorKind kind : ErrorKind.values()) {
        if (result.total().errors(kind) > 0) {
          return kind.label() + " at " + target.url();
        }
      }
    }
    return result.total().succeeded() == 0 ? "no answer from " + target.url() : "";
  }

  /** Reads the CPU counters at both edges of the measured time. */
  private static final class CpuWindow implements PhaseListener {
    private final CpuMeter meter;
    private CpuCost before = CpuCost.UNKNOWN;
    private CpuCost after = CpuCost.UNKNOWN;

    CpuWindow(CpuMeter meter) {
      this.meter = meter;
    }

    @Override
    public void measureStarted() {
      before = meter.read();
    }

    @Override
    public void measureEnded() {
      after = meter.read();
    }

    CpuCost cost() {
      return after.minus(before);
    }
  }
}
