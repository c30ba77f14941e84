package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Losses found by time, a reordering window that adapts, and the tail loss probe. */
class Rfc8985RackTlpTest {
  @Test
  void aLostRetransmissionIsFoundByTime() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(29200);
      t.drain();
      t.after(10);
      t.in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      t.drain();
      // Everything after the retransmission arrives, the retransmission does not.
      t.after(10).in(". 1 ack 1 win 8000 sack 1461-14601");
      int sent = t.drain();
      assertThat(sent).isPositive();
      t.after(10).in(". 1 ack 1 win 8000 sack 1461-20441").out(". 1:1461");
      assertThat(t.count(StackCounter.LOST_RETRANSMISSIONS)).isEqualTo(1);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  @Test
  void aTailLossIsProbedBeforeTheTimeout() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(1460).drain();
      t.after(20).in(". 1 ack 1461 win 8000");
      t.write(4380);
      assertThat(t.drain()).isEqualTo(3);
      t.after(100);
      t.out(". 4381:5841");
      assertThat(t.count(StackCounter.RETRANSMITTED_TLP)).isEqualTo(1);
      t.after(20).in(". 1 ack 1461 win 8000 sack 4381-5841");
      t.after(20);
      t.out(". 1461:2921");
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  @Test
  void reorderingThatWasSeenMakesRecoveryWait() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(40);
      t.in(". 1 ack 1 win 8000 sack 1461-2921");
      t.in(". 1 ack 2921 win 8000").nothing();
      assertThat(t.count(StackCounter.SACK_REORDER)).isEqualTo(1);
      t.in(". 1 ack 2921 win 8000 sack 4381-14601").nothing();
      t.in(". 1 ack 14601 win 8000").silence(1_000);
      assertThat(t.info().retransmittedBytes()).isZero();
    }
  }

  private static Transcript reordered() {
    Transcript t = new Transcript().establishedWithSack();
    t.write(14600).drain();
    t.after(40);
    t.in(". 1 ack 1 win 8000 sack 1461-2921").in(". 1 ack 2921 win 8000");
    t.nothing();
    return t;
  }

  /** Section 6.2 step 5: a quarter of the least round trip later it is lost all the same. */
  @Test
  void theReorderingTimerFindsTheLoss() {
    try (Transcript t = reordered()) {
      t.in(". 1 ack 2921 win 8000 sack 4381-14601").silence(4);
      t.after(2).out(". 2921:4381");
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  /** RFC 5827's early retransmit, by RACK's timer: one SACKed segment is enough. */
  @Test
  void aShortFlightIsRepairedWithoutThreeDuplicates() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(2920).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-2921").silence(4);
      t.after(2).out(". 1:1461");
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  /** Section 6.2 step 4: a D-SACK says that the window was too small. */
  @Test
  void aDsackWidensTheWindow() {
    try (Transcript t = reordered()) {
      t.in(". 1 ack 2921 win 8000 sack 4381-14601").after(6).out(". 2921:4381");
      t.after(1).in(". 1 ack 14601 win 8000");
      t.after(20).in(". 1 ack 14601 win 8000 sack 2921-4381");
      t.write(14600);
      t.drain();
      t.after(20).in(". 1 ack 14601 win 8000 sack 16061-20441");
      t.silence(9);
      t.after(3).out(". 14601:16061");
    }
  }

  @Test
  void withoutReorderingNothingIsWaitedForInRecovery() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      t.in(". 1 ack 1 win 8000 sack 1461-5841,7301-10221").out(". 5841:7301");
    }
  }

  /** Section 7.3: new data is the better probe. */
  @Test
  void aProbeIsNewDataIfThereIsSome() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(20_000);
      assertThat(t.drain()).isEqualTo(10);
      t.silence(41).after(2).out(". 14601:16061").nothing();
      assertThat(t.count(StackCounter.SEGMENTS_RETRANSMITTED)).isZero();
    }
  }

  /** Section 7.2: two round trips, and the peer's delayed ACK for a single segment. */
  @Test
  void aSingleSegmentIsProbedLater() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(1000).drain();
      t.silence(200).after(25).out("P. 1:1001");
      assertThat(t.count(StackCounter.RETRANSMITTED_TLP)).isEqualTo(1);
    }
  }

  @Test
  void oneProbeThenTheTimeout() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(2920).drain();
      t.after(45).out(". 1461:2921");
      t.silence(200).after(30).out(". 1:1461");
      assertThat(t.count(StackCounter.RETRANSMITTED_TLP)).isEqualTo(1);
      assertThat(t.count(StackCounter.TIMEOUTS)).isEqualTo(1);
    }
  }

  /** Section 7.4: the probe repaired a loss, and a loss is congestion. */
  @Test
  void aProbeThatRepairedALossReducesTheWindow() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(45).out("P. 13141:14601");
      t.after(20).in(". 1 ack 14601 win 8000");
      t.write(1460).drain();
      long before = t.info().congestionWindow();
      t.after(20).in(". 1 ack 16061 win 8000");
      assertThat(t.count(StackCounter.LOSS_PROBE_RECOVERIES)).isEqualTo(1);
      assertThat(t.info().congestionWindow()).isLessThan(before);
    }
  }

  @Test
  void aProbeThatCameTwiceDoesNot() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(45).out("P. 13141:14601");
      t.after(1).in(". 1 ack 14601 win 8000");
      t.after(20).in(". 1 ack 14601 win 8000 sack 13141-14601");
      t.write(1460).drain();
      t.after(20).in(". 1 ack 16061 win 8000");
      assertThat(t.count(StackCounter.LOSS_PROBE_RECOVERIES)).isZero();
      assertThat(t.info().slowStartThreshold()).isEqualTo(Long.MAX_VALUE);
    }
  }

  /** What left a moment ago is not given up with the rest. */
  @Test
  void aTimeoutSparesWhatWasJustSent() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(1460).drain();
      t.after(60).in(". 1 ack 1461 win 8000");
      t.write(2920).drain();
      t.after(55).out("P. 2921:4381");
      t.after(215);
      t.write(1460);
      t.drain();
      t.after(53).out(". 1461:2921").nothing();
      assertThat(t.info().recovery()).isEqualTo("loss");
      assertThat(((Connection) t.connection()).sent.lostBytes).isEqualTo(2920);
      t.after(20).in(". 1 ack 5841 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      t.silence(3_000);
    }
  }

  /** The round trip of a retransmission that cannot be its own moves no clock. */
  @Test
  void anAckTooSoonForARetransmissionTellsNothing() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      t.after(1).in(". 1 ack 5841 win 8000").nothing();
      assertThat(t.info().retransmittedBytes()).isEqualTo(1460);
    }
  }
}
