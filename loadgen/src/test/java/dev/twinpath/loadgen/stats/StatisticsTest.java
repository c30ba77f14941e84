package dev.twinpath.loadgen.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.loadgen.stats.TrialOrder.Letter;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StatisticsTest {
  @Test
  void theMedianIsExactAndInsideItsInterval() {
    Interval interval = Bootstrap.median(new double[] {3, 1, 2, 10, 4}, 0.95, 1);
    assertThat(interval.estimate()).isEqualTo(3);
    assertThat(interval.low()).isBetween(1.0, 3.0);
    assertThat(interval.high()).isBetween(3.0, 10.0);
    assertThat(Bootstrap.median(new double[] {1, 2, 3, 4}, 0.95, 1).estimate()).isEqualTo(2.5);
  }

  @Test
  void theSameSeedGivesTheSameInterval() {
    double[] values = {1.1, 0.9, 1.3, 0.8, 1.0, 1.2};
    assertThat(Bootstrap.median(values, 0.95, 5)).isEqualTo(Bootstrap.median(values, 0.95, 5));
  }

  @Test
  void moreConfidenceIsWider() {
    double[] values = new SplittableRandom(3).doubles(40).toArray();
    Interval narrow = Bootstrap.median(values, 0.5, 1);
    Interval wide = Bootstrap.median(values, 0.99, 1);
    assertThat(wide.low()).isLessThan(narrow.low());
    assertThat(wide.high()).isGreaterThan(narrow.high());
  }

  @Test
  void oneValueIsItsOwnIntervalAndNoneHasNone() {
    assertThat(Bootstrap.median(new double[] {2}, 0.95, 1)).isEqualTo(new Interval(2, 2, 2));
    assertThat(Bootstrap.median(new double[0], 0.95, 1).exists()).isFalse();
    assertThat(Bootstrap.median(new double[] {1, Double.NaN}, 0.95, 1).exists()).isFalse();
  }

  /** Of many samples from a known distribution about 95 in 100 intervals must hold its median. */
  @Test
  void theIntervalHoldsTheTruthAboutAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(42);
    int held = 0;
    for (int i = 0; i < 200; i++) {
      double[] sample = random.doubles(15).toArray();
      if (Bootstrap.median(sample, 0.95, i).contains(0.5)) {
        held++;
      }
    }
    assertThat(held).isBetween(175, 200);
  }

  @Test
  void blocksAreBalancedAndTheSeedGivesTheirOrder() {
    List<List<Letter>> blocks = TrialOrder.blocks(64, 9);
    assertThat(blocks).hasSize(64).isEqualTo(TrialOrder.blocks(64, 9));
    assertThat(blocks).isNotEqualTo(TrialOrder.blocks(64, 10));
    assertThat(new HashSet<>(blocks))
        .containsExactlyInAnyOrder(
            List.of(Letter.A, Letter.B, Letter.B, Letter.A),
            List.of(Letter.B, Letter.A, Letter.A, Letter.B));
  }

  /** What ABBA is for: a machine that gets steadily slower costs both sides the same. */
  @Test
  void aLinearDriftCancels() {
    for (List<Letter> block : TrialOrder.blocks(20, 1)) {
      double[] sum = new double[2];
      for (int i = 0; i < 4; i++) {
        sum[block.get(i).ordinal()] += 100 - i;
      }
      assertThat(sum[0]).isEqualTo(sum[1]);
    }
  }
}
