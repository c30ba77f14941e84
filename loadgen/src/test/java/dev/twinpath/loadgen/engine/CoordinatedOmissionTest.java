package dev.twinpath.loadgen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A server with a known stall, in virtual time: what the generator's schedule and recorder say must
 * be the computed truth.
 */
class CoordinatedOmissionTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int RATE = 1_000;
  private static final long RUN = 10 * SECOND;
  private static final long SERVICE = MILLI / 10;
  private static final long STALL_AT = 5 * SECOND;
  private static final long STALL = SECOND;

  private final LoadRecorder recorder = new LoadRecorder(true, 0, RUN);

  /** One connection against a server that needs 100 us, and stops for a second at second five. */
  private void run() {
    Pacer pacer = new Pacer(new ConstantRate(0, RATE, 0, 1), RUN);
    long free = 0;
    while (pacer.nextIntendedNanos() != Pacer.NEVER) {
      long now = Math.max(free, pacer.nextIntendedNanos());
      long intended = pacer.take();
      recorder.sent(intended, free, now);
      long answered = now + SERVICE;
      if (now <= STALL_AT && answered > STALL_AT) {
        answered += STALL;
      }
      recorder.succeeded(intended, now, answered);
      free = answered;
    }
  }

  /** The latencies that a client at each intended time would have seen. */
  private static long[] truth() {
    long[] truth = new long[(int) (RUN / SECOND) * RATE];
    long free = 0;
    for (int i = 0; i < truth.length; i++) {
      long due = i * (SECOND / RATE);
      long begun = Math.max(due, free);
      free = begun + SERVICE + (begun <= STALL_AT && begun + SERVICE > STALL_AT ? STALL : 0);
      truth[i] = free - due;
    }
    Arrays.sort(truth);
    return truth;
  }

  @Test
  void theIntendedClockTellsTheTruth() {
    run();
    long[] truth = truth();
    var intended = recorder.latencies.intended();
    assertThat(intended.getTotalCount()).isEqualTo(truth.length);
    for (double percentile : new double[] {50, 90, 95, 99, 99.9}) {
      double expected = truth[(int) Math.ceil(truth.length * percentile / 100) - 1];
      assertThat((double) intended.getValueAtPercentile(percentile))
          .as("p" + percentile)
          .isCloseTo(expected, within(expected / 500));
    }
    assertThat(intended.getValueAtPercentile(99)).isGreaterThan(800 * MILLI);
  }

  @Test
  void theActualClockHidesTheStall() {
    run();
    var actual = recorder.latencies.actual();
    assertThat(actual.getValueAtPercentile(99.9)).isLessThan(MILLI);
    assertThat(actual.getMaxValue()).isGreaterThan(STALL);
  }

  @Test
  void theServerIsToBlameForLateSends() {
    run();
    assertThat(recorder.latencies.sendLateness().getMaxValue()).isGreaterThan(STALL / 2);
    assertThat(recorder.latencies.generatorLateness().getMaxValue()).isZero();
  }
}
