package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Proportional rate reduction: the window goes down as packets leave the network. */
class Rfc6937PrrTest {
  private static Transcript lost(int segments, String sack) {
    Transcript t = new Transcript(Transcript.config().initialWindowSegments(20)).listen();
    t.in("S 0 mss 1000 sackOK ws 7").out("S. 0 ack 1 sackOK ws *");
    t.after(20).in(". 1 ack 1 win 8000");
    t.write(segments * 1000);
    assertThat(t.drain()).isEqualTo(20);
    t.after(20).in(". 1 ack 1 win 8000 sack " + sack);
    return t;
  }

  /** The fast retransmit leaves at once, whatever the ratio. */
  @Test
  void theFirstRetransmissionIsNotHeldBack() {
    try (Transcript t = lost(100, "1001-4001")) {
      t.out(". 1:1001");
      assertThat(t.info().slowStartThreshold()).isEqualTo(10_000);
    }
  }

  /** Part 1: with half the window to lose, one goes for two that arrive. */
  @Test
  void halfOfWhatArrivesGoesOut() {
    try (Transcript t = lost(100, "1001-4001")) {
      t.drain();
      int sent = 0;
      for (int i = 5; i <= 14; i++) {
        t.in(". 1 ack 1 win 8000 sack 1001-" + (1000 * i + 1));
        sent += t.drain();
      }
      assertThat(sent).isBetween(4, 6);
    }
  }

  @Test
  void theWindowEndsAtTheThreshold() {
    try (Transcript t = lost(100, "1001-4001")) {
      t.drain();
      for (int i = 5; i <= 20; i++) {
        t.in(". 1 ack 1 win 8000 sack 1001-" + (1000 * i + 1));
      }
      t.drain();
      t.after(20).in(". 1 ack 20001 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isBetween(10_000L, 11_000L);
    }
  }

  /** Part 2, the conservative bound: while more is found lost, no more goes than arrives. */
  @Test
  void whileMoreIsLostNoMoreGoesThanArrives() {
    try (Transcript t = lost(100, "14001-17001")) {
      assertThat(t.drain()).isBetween(3, 4);
      t.in(". 1 ack 1 win 8000 sack 14001-18001");
      assertThat(t.drain()).isEqualTo(1);
    }
  }

  /** Part 2, the slow start bound: progress in order lets one more go. */
  @Test
  void progressLetsOneMoreGo() {
    try (Transcript t = lost(100, "14001-20001")) {
      int first = t.drain();
      assertThat(first).isLessThan(10);
      t.after(20).in(". 1 ack 1001 win 8000 sack 14001-20001");
      assertThat(t.drain()).isEqualTo(2);
    }
  }

  /** An acknowledgment that delivers nothing moves nothing. */
  @Test
  void aBareDuplicateSendsNothing() {
    try (Transcript t = lost(100, "1001-4001")) {
      t.drain();
      for (int i = 0; i < 10; i++) {
        t.in(". 1 ack 1 win 8000 sack 1001-4001").nothing();
      }
    }
  }

  @Test
  void anApplicationThatHasNothingLosesNothing() {
    try (Transcript t = lost(20, "1001-4001")) {
      t.out(". 1:1001");
      for (int i = 5; i <= 20; i++) {
        t.in(". 1 ack 1 win 8000 sack 1001-" + (1000 * i + 1));
      }
      t.after(20).in(". 1 ack 20001 win 8000");
      assertThat(t.info().congestionWindow()).isEqualTo(10_000);
    }
  }
}
