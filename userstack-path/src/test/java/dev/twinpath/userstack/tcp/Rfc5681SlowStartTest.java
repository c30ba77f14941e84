package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5681 sections 3.1 and 4.1: slow start, congestion avoidance, and a pause. */
class Rfc5681SlowStartTest {
  private static final int MSS = 1460;

  private static Transcript open(String control) {
    return new Transcript(Transcript.config().congestionControl(control)).establishedWithSack();
  }

  private static Transcript open() {
    return open("reno");
  }

  private static long window(Transcript t) {
    return t.info().congestionWindow() / MSS;
  }

  private static long end(Transcript t) {
    return t.connection().bytesAcked() + t.connection().unackedBytes() + 1;
  }

  /** One round trip, after which everything is acknowledged. */
  private static void round(Transcript t) {
    t.after(20);
    t.drain();
    t.in(". 1 ack " + end(t) + " win 8000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"reno", "cubic"})
  void theWindowDoublesEachRoundTrip(String control) {
    try (Transcript t = open(control)) {
      t.write(3_000_000);
      for (int expected = 20; expected <= 160; expected *= 2) {
        round(t);
        assertThat(window(t)).isEqualTo(expected);
      }
    }
  }

  @Test
  void aDelayedAcknowledgmentCountsItsBytes() {
    try (Transcript t = open()) {
      t.write(100_000).drain();
      t.after(20).in(". 1 ack 2921 win 8000");
      assertThat(window(t)).isEqualTo(12);
    }
  }

  @Test
  void piecesOfASegmentDoNotMakeItGrowFaster() {
    // RFC 3465 section 2.3: a receiver that acknowledges byte by byte gains nothing.
    try (Transcript t = open()) {
      t.write(100_000).drain();
      t.after(20);
      for (int i = 1; i <= 146; i++) {
        t.in(". 1 ack " + (1 + 10 * i) + " win 8000");
      }
      assertThat(t.info().congestionWindow()).isEqualTo(11L * MSS);
    }
  }

  @Test
  void aWindowThatIsNotInUseDoesNotGrow() {
    try (Transcript t = open()) {
      for (int i = 0; i < 20; i++) {
        t.write(MSS).drain();
        t.after(20).in(". 1 ack " + end(t) + " win 8000");
      }
      assertThat(window(t)).isEqualTo(10);
    }
  }

  @Test
  void afterATimeoutItIsOneSegmentAndTheThresholdHalf() {
    try (Transcript t = open()) {
      t.write(100_000);
      assertThat(t.drain()).isEqualTo(10);
      t.after(600);
      assertThat(t.info().timeouts()).isPositive();
      assertThat(window(t)).isEqualTo(1);
      assertThat(t.info().slowStartThreshold()).isEqualTo(5L * MSS);
    }
  }

  @Test
  void aboveTheThresholdItGrowsByOneSegmentARoundTrip() {
    try (Transcript t = open()) {
      t.write(3_000_000);
      t.drain();
      t.after(20);
      t.in(". 1 ack 1 win 8000 sack 1461-14601");
      t.drain();
      t.after(20).in(". 1 ack " + end(t) + " win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      long before = window(t);
      assertThat(before).isBetween(5L, 6L);
      for (int i = 1; i <= 8; i++) {
        round(t);
      }
      assertThat(window(t)).isBetween(before + 6, before + 8);
    }
  }

  // --- after a pause (RFC 2861, tcp_slow_start_after_idle)

  private static Transcript grown(boolean afterIdle, String control) {
    Transcript t =
        new Transcript(Transcript.config().congestionControl(control).slowStartAfterIdle(afterIdle))
            .establishedWithSack();
    t.write(14_600 * 15);
    for (int i = 0; i < 4; i++) {
      round(t);
    }
    assertThat(t.connection().unackedBytes()).isZero();
    assertThat(window(t)).isGreaterThanOrEqualTo(75);
    return t;
  }

  @ParameterizedTest
  @ValueSource(strings = {"reno", "cubic"})
  void aPauseHalvesItForEachTimeout(String control) {
    try (Transcript t = grown(true, control)) {
      long before = t.info().congestionWindow();
      long rto = t.info().retransmissionTimeout() / Transcript.MILLI;
      t.after(rto + 5);
      t.write(MSS);
      assertThat(t.info().congestionWindow()).isEqualTo(before / 2);
      t.drain();
      t.in(". 1 ack " + end(t) + " win 8000");
      t.after(10 * rto);
      t.write(MSS);
      assertThat(window(t)).as("no less than the initial window").isEqualTo(10);
    }
  }

  @Test
  void aPauseOfLessThanATimeoutChangesNothing() {
    try (Transcript t = grown(true, "reno")) {
      long before = t.info().congestionWindow();
      t.after(t.info().retransmissionTimeout() / Transcript.MILLI - 25);
      t.write(MSS);
      assertThat(t.info().congestionWindow()).isEqualTo(before);
    }
  }

  @Test
  void theThresholdRemembersThreeQuarters() {
    try (Transcript t = grown(true, "reno")) {
      Connection c = (Connection) t.connection();
      long before = c.cwnd;
      c.ssthresh = 10L * MSS;
      t.after(5_000);
      t.write(MSS);
      assertThat(c.ssthresh).isEqualTo(before / 2 + before / 4);
    }
  }

  @Test
  void theSwitchLeavesItAsItWas() {
    try (Transcript t = grown(false, "reno")) {
      long before = t.info().congestionWindow();
      t.after(10_000);
      t.write(MSS);
      assertThat(t.info().congestionWindow()).isEqualTo(before);
    }
  }

  @Test
  void aWindowOfWhichLittleIsInUseDecaysTowardsThat() {
    try (Transcript t = grown(true, "reno")) {
      long before = t.info().congestionWindow();
      for (int i = 0; i < 12; i++) {
        t.after(20).write(2 * MSS).drain();
        t.after(20).in(". 1 ack " + end(t) + " win 8000");
      }
      assertThat(t.info().congestionWindow())
          .isBetween((before + 10 * MSS) / 4, (before + 10 * MSS) / 2);
    }
  }
}
