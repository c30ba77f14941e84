package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinpath.userstack.stack.StackCounter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When packets of a paced connection depart, to the microsecond: SO_MAX_PACING_RATE and fq. */
class PacingTest {
  private static final int MSS = 1460;
  private static final long MICRO = 1_000;

  /** A connection whose first ten segments, which are not paced, are through. */
  private static Transcript open(Transcript t, long bytesPerSecond) {
    t.establishedWithSack();
    if (bytesPerSecond > 0) {
      t.connection().maxPacingRate(bytesPerSecond);
    }
    t.write(10 * MSS);
    t.after(20);
    t.drain();
    t.in(". 1 ack " + (10 * MSS + 1) + " win 8000");
    t.after(20);
    return t.nothing();
  }

  /** Segments that leave, with the time of each in microseconds from now. */
  private static List<Long> departures(Transcript t, long micros) {
    List<Long> times = new ArrayList<>();
    long start = t.now;
    for (long at = 0; at <= micros; at += 10) {
      if (at > 0) {
        t.afterNanos(10 * MICRO);
      }
      for (int i = t.drain(); i > 0; i--) {
        times.add((t.now - start) / MICRO);
      }
    }
    return times;
  }

  @Test
  void packetsOfTwoSegmentsLeaveAtTheRate() {
    // 1.46 MB/s: a packet of two segments takes two milliseconds. After a pause half of one is
    // made up for, as by Linux.
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 1_460_000)) {
      t.write(8 * MSS);
      assertThat(departures(t, 7_000))
          .containsExactly(0L, 0L, 1000L, 1000L, 3000L, 3000L, 5000L, 5000L);
    }
  }

  @Test
  void aSlowConnectionSendsSingleSegments() {
    // Below 150 kB/s; 146 kB/s are 10 ms a segment.
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 146_000)) {
      t.write(3 * MSS);
      assertThat(departures(t, 25_000)).containsExactly(0L, 5_000L, 15_000L);
    }
  }

  @Test
  void aFastOneSendsWhatTakesAMillisecond() {
    // 14.6 MB/s are 14.25 kB in 2^-10 s, nine segments.
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(100)), 14_600_000)) {
      t.write(18 * MSS);
      List<Long> times = departures(t, 2_000);
      assertThat(times).hasSize(18);
      assertThat(times.subList(0, 9)).containsOnly(0L);
      assertThat(times.subList(9, 18)).containsOnly(450L);
    }
  }

  @Test
  void theNicHoldsThemAndTheRingIsNotFilled() {
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 1_460_000)) {
      long held = t.nic.queuePair(0).counters().transmitHeld();
      t.write(20 * MSS);
      assertThat(t.nic.queuePair(0).counters().transmitHeld() - held).isBetween(1L, 2L);
      assertThat(t.count(StackCounter.PACING_WAITS)).isPositive();
      t.after(18);
      assertThat(t.drain()).isEqualTo(20);
      assertThat(t.nic.queuePair(0).counters().transmitHeld() - held).isBetween(8L, 9L);
      assertThat(t.nic.queuePair(0).counters().transmitBeyondHorizon()).isZero();
    }
  }

  @Test
  void theFirstTenSegmentsAreNotPaced() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.connection().maxPacingRate(1_460_000);
      t.write(10 * MSS);
      assertThat(t.drain()).isEqualTo(10);
    }
  }

  @Test
  void withoutARateNothingWaits() {
    try (Transcript t = open(new Transcript(Transcript.config().initialWindowSegments(40)), 0)) {
      t.write(18 * MSS);
      assertThat(departures(t, 1_000)).hasSize(18).containsOnly(0L);
      assertThat(t.info().pacingRate()).isZero();
      assertThat(t.connection().maxPacingRate()).isEqualTo(Long.MAX_VALUE);
    }
  }

  @Test
  void aConfiguredPacingFollowsTheWindow() {
    // In slow start twice a window per round trip.
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40).pacing(true)), 0)) {
      double expected = 2.0 * t.info().congestionWindow() / (t.info().smoothedRtt() / 1e9);
      assertThat((double) t.info().pacingRate()).isBetween(0.99 * expected, 1.01 * expected);
      t.write(20 * MSS);
      List<Long> times = departures(t, 20_000);
      assertThat(times).hasSize(20);
      assertThat(times.get(19)).isBetween(3_000L, 10_500L);
    }
  }

  @Test
  void acknowledgmentsDoNotWait() {
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 146_000)) {
      t.write(3 * MSS);
      t.drain();
      t.in("P. 1:101 ack 14601 win 8000").in("P. 101:1561 ack 14601 win 8000");
      t.in("P. 1561:3021 ack 14601 win 8000");
      assertThat(t.drain()).as("at once").isPositive();
    }
  }

  @Test
  void aRoundTripBeginsWithTheDeparture() {
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 1_460_000)) {
      t.write(4 * MSS);
      t.afterNanos(1_000 * MICRO);
      assertThat(t.drain()).isEqualTo(4);
      long start = t.info().smoothedRtt();
      t.after(20);
      t.in(". 1 ack " + (12 * MSS + 1) + " win 8000");
      t.in(". 1 ack " + (14 * MSS + 1) + " win 8000");
      // The first packet was under way for 21 ms, the second, which was held, for 20.
      assertThat(t.info().minRtt()).isBetween(19_999_000L, 20_000_000L);
      assertThat(t.info().smoothedRtt()).isBetween(start, start + 300 * MICRO);
    }
  }

  @Test
  void aFinWaitsBehindTheData() {
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 1_460_000)) {
      t.write(4 * MSS);
      t.connection().shutdownOutput();
      assertThat(t.drain()).isEqualTo(2);
      t.afterNanos(1_000 * MICRO);
      t.out(". 17521:18981 ack 1").out("P. 18981:20441 ack 1").nothing();
      t.afterNanos(2_000 * MICRO).out("F. 20441 ack 1");
    }
  }

  @Test
  void aResetDoesNotOvertakeWhatWaits() {
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 1_460_000)) {
      t.write(4 * MSS);
      assertThat(t.drain()).isEqualTo(2);
      t.connection().abort();
      t.nothing();
      t.afterNanos(2_000 * MICRO);
      t.out(". 17521:18981 ack 1").out("P. 18981:20441 ack 1").out("R. 20441 ack 1");
    }
  }

  @Test
  void retransmissionsArePacedToo() {
    try (Transcript t =
        open(new Transcript(Transcript.config().initialWindowSegments(40)), 1_460_000)) {
      t.write(8 * MSS);
      t.after(8);
      t.drain();
      t.after(12);
      // The first four are lost: from 14601, sacked is the rest.
      t.in(". 1 ack 14601 win 8000 sack 20441-26281");
      t.run();
      int first = t.drain();
      assertThat(first).isBetween(1, 2);
      t.in(". 1 ack 17521 win 8000 sack 20441-26281");
      assertThat(t.drain()).isZero();
      t.after(4);
      assertThat(t.drain()).isBetween(1, 3);
    }
  }

  @Test
  void aRateIsMoreThanNothing() {
    try (Transcript t = open(new Transcript(Transcript.config().initialWindowSegments(40)), 0)) {
      assertThatIllegalArgumentException().isThrownBy(() -> t.connection().maxPacingRate(0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> t.connection().congestionControl("vegas"))
          .withMessageContaining("cubic, reno, bbr");
    }
  }
}
