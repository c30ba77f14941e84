package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Recovery without SACK: partial acknowledgments, and no second reduction for one flight. */
class Rfc6582NewRenoTest {
  @Test
  void aPartialAckRetransmitsTheNextHoleAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.write(14600);
      t.drain();
      t.in(". 1 ack 1").in(". 1 ack 1").in(". 1 ack 1").out(". 1:1461");
      t.in(". 1 ack 1").in(". 1 ack 1");
      t.in(". 1 ack 4381").out(". 4381:5841");
      assertThat(t.info().recovery()).isEqualTo("recovery");
      t.in(". 1 ack 14601");
      assertThat(t.info().recovery()).isEqualTo("open");
    }
  }

  private static Transcript inRecovery() {
    Transcript t = new Transcript().established();
    t.write(14600).drain();
    t.in(". 1 ack 1").in(". 1 ack 1").in(". 1 ack 1").out(". 1:1461");
    return t;
  }

  @Test
  void everyPartialAckRepairsOneHole() {
    try (Transcript t = inRecovery()) {
      t.in(". 1 ack 2921").out(". 2921:4381");
      t.in(". 1 ack 5841").out(". 5841:7301");
      t.in(". 1 ack 8761").out(". 8761:10221");
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      t.in(". 1 ack 14601");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.count(StackCounter.RENO_RECOVERIES)).isEqualTo(1);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  /** Section 3.2 step 3: a full acknowledgment ends it with the window at the threshold. */
  @Test
  void aFullAckEndsIt() {
    try (Transcript t = inRecovery()) {
      t.in(". 1 ack 14601");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isBetween(7300L, 10220L);
    }
  }

  /** Section 3.2 step 2: duplicates that the recovery itself caused start no other. */
  @Test
  void lateDuplicatesOfTheSameFlightStartNoOther() {
    try (Transcript t = inRecovery()) {
      t.write(14600);
      t.drain();
      t.in(". 1 ack 14601");
      t.drain();
      t.in(". 1 ack 14601").in(". 1 ack 14601").in(". 1 ack 14601").in(". 1 ack 14601");
      assertThat(t.count(StackCounter.RENO_RECOVERIES)).isEqualTo(1);
    }
  }

  /** Section 3.2 step 4. */
  @Test
  void duplicatesAfterATimeoutDoNotRetransmit() {
    try (Transcript t = new Transcript().established()) {
      t.write(14600).drain();
      t.after(205).out(". 1:1461");
      t.in(". 1 ack 1").in(". 1 ack 1").in(". 1 ack 1").in(". 1 ack 1");
      assertThat(t.count(StackCounter.RENO_RECOVERIES)).isZero();
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
    }
  }

  @Test
  void aLostRetransmissionNeedsTheTimer() {
    try (Transcript t = inRecovery()) {
      for (int i = 0; i < 6; i++) {
        t.in(". 1 ack 1");
      }
      t.drain();
      t.after(210).out(". 1:1461");
      assertThat(t.count(StackCounter.TIMEOUTS)).isEqualTo(1);
    }
  }
}
