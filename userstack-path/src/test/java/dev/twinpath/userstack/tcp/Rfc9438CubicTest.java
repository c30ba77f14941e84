package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.twinpath.userstack.stack.StackConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** RFC 9438: CUBIC, against the formulas computed here once more. */
class Rfc9438CubicTest {
  private static final int MSS = 1460;
  private static final double C = 0.4;

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

  private Connection connection() {
    return (Connection) t.connection();
  }

  private CubicState state() {
    return (CubicState) connection().congestionState;
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

  /** One round trip, after which everything is acknowledged at once. */
  private void round(long millis) {
    t.after(millis);
    acknowledge(sent());
  }

  /** Slow start until the window has so many segments. */
  private void grow(int segments, long millis) {
    open(millis);
    t.write(3_900_000);
    for (int i = 0; i < 20 && window() < segments; i++) {
      round(millis);
    }
    assertThat(window()).isEqualTo(segments);
  }

  /** The first segment of the window is lost, and repaired within a round trip. */
  private void loseOne(long millis) {
    t.after(millis);
    long end = sent();
    t.drain();
    t.in(". 1 ack " + acknowledged + " win 8000 sack " + (acknowledged + MSS) + "-" + end);
    round(millis);
    assertThat(t.info().recovery()).isEqualTo("open");
  }

  @Test
  void aLossTakesThreeTenthsOfTheWindow() {
    grow(40, 100);
    t.after(100);
    long end = sent();
    t.drain();
    t.in(". 1 ack " + acknowledged + " win 8000 sack " + (acknowledged + MSS) + "-" + end);
    assertThat(t.info().slowStartThreshold()).isEqualTo(28L * MSS);
    assertThat(state().windowMax).isEqualTo(40.0 * MSS);
  }

  @Test
  void theWindowFollowsTheCurveToWhereTheLossWas() {
    grow(40, 200);
    loseOne(200);
    double k = Math.cbrt(40 * 0.3 / C);
    for (int i = 1; i <= 18; i++) {
      round(200);
      double curve = C * Math.pow(i * 0.2 + 0.2 - k, 3) + 40;
      assertThat(window()).as("round %d", i).isCloseTo(curve, within(1.0));
    }
    assertThat(window()).as("the plateau").isCloseTo(40, within(1.0));
  }

  @Test
  void overShortRoundTripsItIsAsFastAsReno() {
    grow(40, 1);
    loseOne(1);
    double before = window();
    for (int i = 0; i < 20; i++) {
      round(1);
    }
    assertThat(window() - before).isCloseTo(20 * 3 * 0.3 / 1.7, within(1.0));
    // Once where it was, a segment a round trip.
    for (int i = 0; i < 10 || window() < 42; i++) {
      assertThat(i).isLessThan(100);
      round(1);
    }
    before = window();
    for (int i = 0; i < 10; i++) {
      round(1);
    }
    // Less than ten, as some of the window waits for a bigger packet and is not acknowledged.
    assertThat(window() - before).isBetween(7.0, 10.5);
  }

  @Test
  void aSecondLossBelowTheFirstMakesRoomForOthers() {
    grow(40, 100);
    loseOne(100);
    round(100);
    double at = connection().cwnd;
    assertThat(at).isLessThan(40.0 * MSS);
    t.after(100);
    long end = sent();
    t.drain();
    t.in(". 1 ack " + acknowledged + " win 8000 sack " + (acknowledged + MSS) + "-" + end);
    assertThat(state().windowMax).isCloseTo(at * 0.85, within(1.0));
  }

  @Test
  void timeWithoutUseOfTheWindowDoesNotCount() {
    grow(40, 100);
    loseOne(100);
    round(100);
    CubicState s = state();
    long epoch = s.epoch;
    Connection c = connection();
    new Cubic().onUnderused(c, s.lastLook + 5_000_000_000L);
    assertThat(s.epoch - epoch).isEqualTo(5_000_000_000L);
  }

  @Test
  void aTimeoutStartsTheCurveAnew() {
    grow(40, 100);
    t.after(600);
    t.drain();
    assertThat(t.info().timeouts()).isEqualTo(1);
    assertThat(t.info().congestionWindow()).isEqualTo(MSS);
    assertThat(t.info().slowStartThreshold()).isEqualTo(28L * MSS);
    assertThat(state().windowMax).isZero();
    assertThat(state().epoch).isZero();
  }

  @Test
  void aNeedlessReductionIsTakenBack() {
    try (Transcript other =
        new Transcript(Transcript.config().congestionControl("cubic"))
            .establishedWithTimestamps()) {
      other.write(14600);
      assertThat(other.drain()).isEqualTo(10);
      Connection c = (Connection) other.connection();
      new Cubic().slowStartThreshold(c);
      CubicState s = (CubicState) c.congestionState;
      s.windowMax = 123;
      s.epoch = 456;
      new Cubic().slowStartThreshold(c);
      assertThat(s.windowMax).isNotEqualTo(123);
      new Cubic().onUndo(c);
      assertThat(s.windowMax).isEqualTo(123);
      assertThat(s.epoch).isEqualTo(456);
    }
  }

  @Test
  void anUnknownNameIsRefused() {
    assertThatThrownBy(
            () -> StackConfig.builder().address("10.0.0.1/24").congestionControl("vegas").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vegas")
        .hasMessageContaining("cubic, reno, bbr");
  }

  @Test
  void itIsTheDefaultAsOnLinux() {
    assertThat(StackConfig.builder().address("10.0.0.1/24").build().congestionControl())
        .isEqualTo("cubic");
  }

  @Test
  void everyNameOfTheConfigurationHasAnAlgorithm() {
    open(20);
    for (String name : StackConfig.CONGESTION_CONTROLS) {
      t.connection().congestionControl(name);
      assertThat(t.connection().congestionControl()).isEqualTo(name);
    }
  }
}
