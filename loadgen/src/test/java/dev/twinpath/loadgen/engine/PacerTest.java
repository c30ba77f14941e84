package dev.twinpath.loadgen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The schedule of a constant rate, in virtual time. */
class PacerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void requestsAreDueAtTheirMultiplesOfThePeriod() {
    ConstantRate rate = new ConstantRate(1_000, 4, 0, 1);
    assertThat(rate.intendedNanos(0)).isEqualTo(1_000);
    assertThat(rate.intendedNanos(1)).isEqualTo(1_000 + SECOND / 4);
    assertThat(rate.intendedNanos(4)).isEqualTo(1_000 + SECOND);
  }

  @Test
  void roundingNeverAddsUp() {
    ConstantRate rate = new ConstantRate(0, 3, 0, 1);
    assertThat(rate.intendedNanos(3 * 3_600)).isEqualTo(3_600 * SECOND);
    ConstantRate odd = new ConstantRate(0, 0.1, 0, 1);
    assertThat(odd.intendedNanos(1)).isEqualTo(10 * SECOND);
  }

  @Test
  void threadsShareOneSchedule() {
    List<Long> together = new ArrayList<>();
    for (int thread = 0; thread < 3; thread++) {
      ConstantRate share = new ConstantRate(0, 1_000, thread, 3);
      for (int i = 0; i < 100; i++) {
        together.add(share.intendedNanos(i));
      }
    }
    Collections.sort(together);
    ConstantRate whole = new ConstantRate(0, 1_000, 0, 1);
    for (int i = 0; i < 300; i++) {
      assertThat(together.get(i)).isEqualTo(whole.intendedNanos(i));
    }
  }

  @Test
  void badSharesAreRefused() {
    assertThatThrownBy(() -> new ConstantRate(0, 0, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ConstantRate(0, 1, 2, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aLatePacerHandsOutTheBacklogWithItsIntendedTimes() {
    Pacer pacer = new Pacer(new ConstantRate(0, 10, 0, 1), SECOND);
    assertThat(pacer.due(-1)).isFalse();
    assertThat(pacer.due(0)).isTrue();
    assertThat(pacer.take()).isZero();
    assertThat(pacer.due(0)).isFalse();
    assertThat(pacer.nextIntendedNanos()).isEqualTo(SECOND / 10);
    // Nobody asked for a while: all that became due is there, at its own time.
    long now = SECOND / 2;
    List<Long> intended = new ArrayList<>();
    while (pacer.due(now)) {
      intended.add(pacer.take());
    }
    assertThat(intended)
        .containsExactly(SECOND / 10, SECOND / 5, 3 * SECOND / 10, 2 * SECOND / 5, SECOND / 2);
  }

  @Test
  void nothingIsDueAfterTheEnd() {
    Pacer pacer = new Pacer(new ConstantRate(0, 10, 0, 1), SECOND / 2);
    int count = 0;
    while (pacer.due(10 * SECOND)) {
      pacer.take();
      count++;
    }
    assertThat(count).isEqualTo(5);
    assertThat(pacer.nextIntendedNanos()).isEqualTo(Pacer.NEVER);
  }

  @Test
  void anEarlierEndIsKept() {
    Pacer pacer = new Pacer(new ConstantRate(0, 10, 0, 1), SECOND);
    pacer.take();
    pacer.endAt(SECOND / 10);
    pacer.endAt(SECOND);
    assertThat(pacer.nextIntendedNanos()).isEqualTo(Pacer.NEVER);
  }
}
