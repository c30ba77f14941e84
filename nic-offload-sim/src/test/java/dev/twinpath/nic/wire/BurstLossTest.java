package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The model of Gilbert and Elliott against its own mathematics: a two-state Markov chain whose
 * stationary share of bad frames is p/(p+r), and whose bad stretches are geometric with mean 1/r.
 */
class BurstLossTest {
  private static final int FRAMES = 400_000;

  /** How many standard errors a figure may be off: the chance of more is below one in a million. */
  private static final double SIGMAS = 5;

  /** Which frames were lost. */
  private static boolean[] losses(Impairment impairment) {
    boolean[] lost = new boolean[FRAMES];
    try (Arena arena = Arena.ofConfined()) {
      ImpairmentCounters counters = new ImpairmentCounters();
      DelayLine line = new DelayLine(impairment, 0, arena, counters);
      long memory = arena.allocate(64, 8).address();
      Memory.fill(memory, 64, 0);
      Frame frame = new Frame();
      frame.add(memory, 60);
      for (int i = 0; i < FRAMES; i++) {
        line.put(frame, i);
        lost[i] = !line.isDue(i);
        if (!lost[i]) {
          line.remove();
        }
      }
    }
    return lost;
  }

  private static int count(boolean[] lost) {
    int count = 0;
    for (boolean one : lost) {
      count += one ? 1 : 0;
    }
    return count;
  }

  @ParameterizedTest
  @CsvSource({"0.01, 0.25", "0.002, 0.1", "0.05, 0.5"})
  void lossRateAndBurstLengthAreThoseOfTheChain(double p, double r) {
    boolean[] lost = losses(Impairment.none(11).withBurstLoss(new BurstLoss(p, r, 1, 0)));
    int bursts = 0;
    for (int i = 0; i < FRAMES; i++) {
      bursts += lost[i] && (i == 0 || !lost[i - 1]) ? 1 : 0;
    }
    double share = p / (p + r);
    // The variance of a two-state chain's mean: share (1 - share) / n, times (1 + c) / (1 - c)
    // for the correlation c = 1 - p - r of neighbours.
    double correlation = 1 - p - r;
    double rateError =
        Math.sqrt(share * (1 - share) / FRAMES * (1 + correlation) / (1 - correlation));
    assertThat((double) count(lost) / FRAMES).isCloseTo(share, within(SIGMAS * rateError));
    // A geometric length has variance (1 - r) / r^2.
    double lengthError = Math.sqrt((1 - r) / (r * r) / bursts);
    assertThat((double) count(lost) / bursts).isCloseTo(1 / r, within(SIGMAS * lengthError));
  }

  @Test
  void theStatesHaveLossesOfTheirOwn() {
    boolean[] lost = losses(Impairment.none(12).withBurstLoss(new BurstLoss(0.02, 0.2, 0.6, 0.01)));
    double bad = 0.02 / 0.22;
    double expected = bad * 0.6 + (1 - bad) * 0.01;
    // Within the bad stretches losses are correlated at most as the states are.
    double error = Math.sqrt(expected * (1 - expected) / FRAMES * (1 + 0.78) / (1 - 0.78));
    assertThat((double) count(lost) / FRAMES).isCloseTo(expected, within(SIGMAS * error));
  }

  @Test
  void burstsComeOnTopOfRandomLossAndChangeNothingOfIt() {
    boolean[] random = losses(Impairment.none(13).withLoss(0.05));
    boolean[] both =
        losses(Impairment.none(13).withLoss(0.05).withBurstLoss(new BurstLoss(0.01, 0.25, 1, 0)));
    for (int i = 0; i < FRAMES; i++) {
      assertThat(both[i] || !random[i]).as("frame %d", i).isTrue();
    }
    assertThat(count(both)).isGreaterThan(count(random));
  }

  @Test
  void theSameSeedLosesTheSameFrames() {
    Impairment impairment = Impairment.none(14).withBurstLoss(new BurstLoss(0.01, 0.25, 1, 0));
    assertThat(losses(impairment)).isEqualTo(losses(impairment));
    assertThat(losses(impairment)).isNotEqualTo(losses(impairment.withSeed(15)));
  }
}
