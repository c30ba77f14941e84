package dev.twinpath.loadgen.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.loadgen.engine.Counts;
import dev.twinpath.loadgen.engine.ErrorKind;
import dev.twinpath.loadgen.engine.Latencies;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.TargetSpec;
import dev.twinpath.loadgen.engine.ThreadUsage;
import dev.twinpath.loadgen.engine.Verdict;
import dev.twinpath.loadgen.stats.Interval;
import dev.twinpath.loadgen.stats.TrialOrder;
import dev.twinpath.loadgen.stats.TrialOrder.Letter;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongBiFunction;
import org.junit.jupiter.api.Test;

/** What the trials add up to, and when they are not believed. */
class ComparisonVerdictTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Scenario SCENARIO = new Scenario("x", "/x", 100, "", 1);

  private static Trial trial(
      int block, int position, Letter letter, long requests, double cpu, long errors, double busy) {
    return trial(block, position, letter, requests, cpu, errors, busy, 0);
  }

  private static Trial trial(
      int block,
      int position,
      Letter letter,
      long requests,
      double cpu,
      long errors,
      double busy,
      double others) {
    LoadSpec spec = LoadSpec.builder(List.of(TargetSpec.get(URI.create("http://h/")))).build();
    Counts counts =
        new Counts(requests + errors, requests, requests * 100, 1, Map.of(ErrorKind.RESET, errors));
    Latencies latencies = Latencies.empty();
    latencies.intended().recordValueWithCount(letter == Letter.A ? 2_000_000 : 1_000_000, 100);
    LoadResult load =
        new LoadResult(
            spec,
            Instant.EPOCH,
            false,
            SECOND,
            counts,
            counts,
            latencies,
            List.of(new ThreadUsage((long) (busy * SECOND), 0, SECOND)),
            0,
            0);
    return new Trial(
        block,
        position,
        letter,
        load,
        new CpuCost(cpu, Map.of("userstack/stack", cpu / 2), cpu + busy + others, cpu / 4));
  }

  /** Four blocks whose trials do as many requests as the function of block and position says. */
  private static List<Trial> trials(ToLongBiFunction<Integer, Letter> requests) {
    List<Trial> trials = new ArrayList<>();
    List<List<Letter>> order = TrialOrder.blocks(4, 1);
    for (int block = 0; block < 4; block++) {
      for (int position = 0; position < 4; position++) {
        Letter letter = order.get(block).get(position);
        long n = requests.applyAsLong(block * 4 + position, letter);
        trials.add(trial(block, position, letter, n, 0.5, 0, 0.5));
      }
    }
    return trials;
  }

  private static ComparisonVerdict judge(List<Trial> trials) {
    BlockStatistics statistics = new BlockStatistics(SCENARIO, trials, 1);
    return ComparisonVerdict.of(trials, statistics.nullRate(), statistics.nullCpu());
  }

  private static List<String> codes(List<Verdict.Reason> reasons) {
    return reasons.stream().map(Verdict.Reason::code).toList();
  }

  @Test
  void aSteadyMachineGivesTheRatioAndIsValid() {
    List<Trial> trials = trials((i, letter) -> (letter == Letter.A ? 1_000 : 2_000) + i % 3);
    assertThat(judge(trials).word()).isEqualTo("VALID");
    List<Ratio> ratios = new BlockStatistics(SCENARIO, trials, 1).ratios();
    assertThat(ratios.get(0).quantity()).isEqualTo("requests/s");
    assertThat(ratios.get(0).ratio().estimate()).isBetween(1.99, 2.01);
    assertThat(ratios.get(0).ratio().contains(2)).isTrue();
    assertThat(ratios.get(0).blocks()).hasSize(4);
    assertThat(ratios.get(2).quantity()).isEqualTo("latency p50");
    assertThat(ratios.get(2).ratio().estimate()).isBetween(0.49, 0.51);
    assertThat(ratios.get(5).quantity()).isEqualTo("server CPU/request");
    assertThat(ratios.get(5).a()).isBetween(0.00049, 0.00051);
    assertThat(ratios.get(5).ratio().estimate()).isBetween(0.49, 0.51);
  }

  @Test
  void theRolesOfASideAreItsOwn() {
    List<Trial> trials = trials((i, letter) -> 1_000);
    List<Ratio> roles =
        new BlockStatistics(SCENARIO, trials, 1)
            .roles(
                new Side("sendfile", URI.create("http://a")),
                new Side("userstack", URI.create("http://b")));
    assertThat(roles).hasSize(2);
    assertThat(roles.get(0).quantity()).contains("stack");
    assertThat(roles.get(0).a()).isNaN();
    assertThat(roles.get(0).b()).isBetween(0.00024, 0.00026);
    assertThat(roles.get(1).quantity()).contains("the rest");
    assertThat(roles.get(1).a()).isBetween(0.00049, 0.00051);
    assertThat(roles.get(1).b()).isBetween(0.00024, 0.00026);
  }

  @Test
  void aJumpingMachineIsNoise() {
    ComparisonVerdict verdict = judge(trials((i, letter) -> i % 2 == 0 ? 1_000 : 2_000));
    assertThat(verdict.ratesValid()).isFalse();
    assertThat(codes(verdict.rates())).containsAnyOf("noise", "null-run");
  }

  @Test
  void aPathThatDiffersFromItselfIsANullRun() {
    Interval off = new Interval(1.1, 1.05, 1.15);
    Interval one = new Interval(1, 0.99, 1.01);
    List<Trial> trials = trials((i, letter) -> 1_000);
    assertThat(ComparisonVerdict.of(trials, off, one).word()).isEqualTo("INVALID but for CPU");
    assertThat(ComparisonVerdict.of(trials, one, off).word()).isEqualTo("VALID but for CPU");
    assertThat(ComparisonVerdict.of(trials, off, off).word()).isEqualTo("INVALID");
    assertThat(ComparisonVerdict.of(trials, one, Interval.NONE).word()).isEqualTo("VALID");
    assertThat(codes(ComparisonVerdict.of(trials, off, one).rates())).containsExactly("null-run");
  }

  @Test
  void aFailedRequestSpoilsAll() {
    List<Trial> trials = new ArrayList<>(trials((i, letter) -> 1_000));
    trials.set(3, trial(0, 3, trials.get(3).letter(), 1_000, 0.5, 1, 0.5));
    ComparisonVerdict verdict = judge(trials);
    assertThat(verdict.word()).isEqualTo("INVALID");
    assertThat(codes(verdict.all())).containsExactly("errors");
  }

  @Test
  void aSaturatedGeneratorSpoilsRatesButNotCpu() {
    List<Trial> trials = new ArrayList<>(trials((i, letter) -> 1_000));
    trials.set(3, trial(0, 3, trials.get(3).letter(), 1_000, 0.5, 0, 0.99));
    ComparisonVerdict verdict = judge(trials);
    assertThat(verdict.word()).isEqualTo("INVALID but for CPU");
    assertThat(verdict.rates().get(0).text()).startsWith("in 1 of 16 trials");
  }

  @Test
  void aMachineThatOthersUseSpoilsRates() {
    List<Trial> trials = new ArrayList<>(trials((i, letter) -> 1_000));
    double others = 0.2 * Runtime.getRuntime().availableProcessors();
    trials.set(3, trial(0, 3, trials.get(3).letter(), 1_000, 0.5, 0, 0.5, others));
    ComparisonVerdict verdict = judge(trials);
    assertThat(codes(verdict.rates())).containsExactly("busy-machine");
    assertThat(verdict.rates().get(0).text()).contains("in 1 of 16 trials").contains("20%");
  }

  @Test
  void noBlockIsNoResult() {
    assertThat(codes(judge(List.of()).all())).containsExactly("no-block");
  }
}
