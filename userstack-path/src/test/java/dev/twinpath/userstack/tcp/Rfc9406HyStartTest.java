package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** RFC 9406: HyStart++, which ends slow start when round trips get longer. */
class Rfc9406HyStartTest {
  private static final int MSS = 1460;

  private final Transcript t = new Transcript(Transcript.config().congestionControl("cubic"));
  private long acknowledged = 1;

  /** A passive open whose handshake takes a round trip of so long. */
  private void open(long millis) {
    t.listen();
    t.in("S 0 mss 1460 sackOK ws 7");
    t.out("S. 0 ack 1 sackOK ws *");
    t.after(millis);
    t.in(". 1 ack 1 win 8000");
  }

  @AfterEach
  void close() {
    t.close();
  }

  private HyStart hyStart() {
    return ((CubicState) ((Connection) t.connection()).congestionState).hyStart;
  }

  private double window() {
    return t.info().congestionWindow() / (double) MSS;
  }

  private long sent() {
    return t.connection().bytesAcked() + t.connection().unackedBytes() + 1;
  }

  private void acknowledge(long upTo) {
    t.drain();
    acknowledged = upTo;
    t.in(". 1 ack " + upTo + " win 8000");
  }

  @Test
  void slowStartEndsWhenRoundTripsGrow() {
    open(50);
    t.write(3_900_000);
    for (int i = 0; i < 3; i++) {
      sampledRound(50);
    }
    // The first acknowledgments of a round are of packets that were sent in the one before.
    sampledRound(75);
    double before = window();
    sampledRound(75);
    assertThat(hyStart().isConservative()).isTrue();
    assertThat(t.info().slowStartThreshold()).isEqualTo(Long.MAX_VALUE);
    assertThat(window()).isLessThan(2 * before);
    for (int i = 0; i < 4; i++) {
      double at = window();
      sampledRound(80);
      assertThat(window()).as("a quarter of slow start").isBetween(at, 1.26 * at + 1);
    }
    sampledRound(80);
    sampledRound(80);
    assertThat(t.info().slowStartThreshold()).isLessThan(Long.MAX_VALUE);
  }

  @Test
  void slowStartGoesOnAfterJitter() {
    open(50);
    t.write(3_900_000);
    for (int i = 0; i < 3; i++) {
      sampledRound(50);
    }
    sampledRound(75);
    sampledRound(75);
    assertThat(hyStart().isConservative()).isTrue();
    sampledRound(50);
    assertThat(hyStart().isConservative()).isFalse();
    double before = window();
    sampledRound(50);
    assertThat(window()).isGreaterThan(1.7 * before);
  }

  /** A round trip in which each segment is acknowledged by itself. */
  private void sampledRound(long millis) {
    t.after(millis);
    long end = sent();
    for (long ack = acknowledged + MSS; ack <= end; ack += MSS) {
      acknowledge(ack);
    }
  }

  @Test
  void aRoundTripOfLittleMoreIsNoReason() {
    open(50);
    t.write(3_900_000);
    for (int i = 0; i < 3; i++) {
      sampledRound(50);
    }
    // Less than an eighth longer.
    sampledRound(56);
    double before = window();
    sampledRound(56);
    assertThat(hyStart().isConservative()).isFalse();
    assertThat(window()).isGreaterThan(1.7 * before);
  }

  @Test
  void fewSamplesDecideNothing() {
    open(50);
    t.write(3_900_000);
    for (int i = 0; i < 4; i++) {
      t.after(50 + 25L * i);
      double before = window();
      acknowledge(sent());
      assertThat(window()).as("doubles").isGreaterThanOrEqualTo(2 * before);
    }
  }

  @Test
  void aLossEndsItForGood() {
    open(50);
    t.write(3_900_000);
    sampledRound(50);
    t.after(50);
    long end = sent();
    t.drain();
    t.in(". 1 ack " + acknowledged + " win 8000 sack " + (acknowledged + MSS) + "-" + end);
    t.after(50);
    acknowledge(end);
    assertThat(t.info().slowStartThreshold()).isLessThan(Long.MAX_VALUE);
    t.after(100);
    acknowledge(sent());
    assertThat(hyStart().isConservative()).isFalse();
  }
}
