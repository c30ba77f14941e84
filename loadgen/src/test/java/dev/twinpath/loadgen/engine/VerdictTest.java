package dev.twinpath.loadgen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When the generator does not believe itself. */
class VerdictTest {
  private static final long SECOND = 1_000_000_000L;

  private final Latencies latencies = Latencies.empty();

  private LoadResult result(double rate, long succeeded, ThreadUsage... threads) {
    LoadSpec spec =
        LoadSpec.builder(List.of(TargetSpec.get(URI.create("http://127.0.0.1/"))))
            .duration(Duration.ofSeconds(1))
            .rate(rate)
            .build();
    Counts counts = new Counts(succeeded, succeeded, succeeded, 1, Map.of());
    return new LoadResult(
        spec, Instant.EPOCH, false, SECOND, counts, counts, latencies, List.of(threads), 0, 0);
  }

  private static ThreadUsage usage(double cpu, double waiting) {
    return new ThreadUsage((long) (cpu * SECOND), (long) (waiting * SECOND), SECOND);
  }

  @Test
  void anEasyRunIsValid() {
    assertThat(result(0, 1000, usage(0.9, 0.02), usage(0.1, 0)).verdict().valid()).isTrue();
    assertThat(result(1000, 999, usage(0.5, 0.1)).verdict().valid()).isTrue();
  }

  @Test
  void aBusyThreadSaturatesAClosedLoop() {
    Verdict verdict = result(0, 1000, usage(0.2, 0), usage(0.97, 0.01)).verdict();
    assertThat(verdict.reasons())
        .extracting(Verdict.Reason::code)
        .containsExactly("generator-saturated");
    assertThat(verdict.reasons().get(0).text()).contains("98%");
  }

  @Test
  void anOpenLoopNeedsMoreRoom() {
    assertThat(result(1000, 1000, usage(0.85, 0)).verdict().has(Verdict.SATURATED)).isTrue();
    assertThat(result(0, 1000, usage(0.85, 0)).verdict().valid()).isTrue();
  }

  @Test
  void aThreadThatWaitsForACpuIsStarved() {
    Verdict verdict = result(0, 1000, usage(0.3, 0.4)).verdict();
    assertThat(verdict.has(Verdict.STARVED)).isTrue();
    assertThat(verdict.has(Verdict.SATURATED)).isFalse();
  }

  @Test
  void lateSendsOfTheGeneratorSpoilAnOpenLoop() {
    latencies.intended().recordValueWithCount(20_000_000, 100);
    latencies.generatorLateness().recordValueWithCount(3_000_000, 100);
    assertThat(result(100, 100, usage(0.1, 0)).verdict().has(Verdict.LATE)).isTrue();
  }

  @Test
  void latenessThatIsSmallBesideTheLatencyIsNoMatter() {
    latencies.intended().recordValueWithCount(200_000_000, 100);
    latencies.generatorLateness().recordValueWithCount(3_000_000, 100);
    assertThat(result(100, 100, usage(0.1, 0)).verdict().has(Verdict.LATE)).isFalse();
  }

  @Test
  void theOfferedRateMustBeReached() {
    assertThat(result(1000, 980, usage(0.1, 0)).verdict().has(Verdict.RATE)).isTrue();
    assertThat(result(1000, 990, usage(0.1, 0)).verdict().has(Verdict.RATE)).isFalse();
  }

  @Test
  void nothingMeasuredIsNoResult() {
    assertThat(result(0, 0, usage(0.1, 0)).verdict().has(Verdict.NOTHING)).isTrue();
  }
}
