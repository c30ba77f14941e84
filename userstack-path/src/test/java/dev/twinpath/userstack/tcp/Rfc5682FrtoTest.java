package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** F-RTO: after a timeout new data asks whether anything had been lost at all. */
class Rfc5682FrtoTest {
  private static Transcript timedOut(int length) {
    Transcript t = new Transcript().establishedWithSack();
    t.write(1460).drain();
    t.after(20).in(". 1 ack 1461 win 8000");
    t.write(length);
    int sent = t.drain();
    assertThat(sent).isPositive();
    t.after(270);
    // A loss probe, and then the first segment again.
    assertThat(t.drain()).isEqualTo(2);
    assertThat(t.info().recovery()).isEqualTo("loss");
    return t;
  }

  /** Step 2b, then 3b: what was never sent again arrives; nothing had been lost. */
  @Test
  void aNeedlessTimeoutIsTakenBack() {
    try (Transcript t = timedOut(40_000)) {
      t.in(". 1 ack 4381 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.count(StackCounter.SPURIOUS_RTO_BY_FRTO)).isEqualTo(1);
      assertThat(t.info().congestionWindow()).isGreaterThanOrEqualTo(14600);
    }
  }

  /** Step 2b: the first segment alone is no proof; new data goes, nothing else. */
  @Test
  void newDataGoesBeforeWhatIsThoughtLost() {
    try (Transcript t = timedOut(60_000)) {
      t.in(". 1 ack 2921 win 8000");
      long end = ((Connection) t.connection()).recoveryPoint;
      Notation first = t.dissect(t.wire.fromStack.poll());
      assertThat(first.sequence).isGreaterThan(14601);
      assertThat(t.info().recovery()).isEqualTo("loss");
      assertThat(end).isPositive();
      t.drain();
      assertThat(t.count(StackCounter.RETRANSMITTED_RTO)).isEqualTo(1);
    }
  }

  /** Step 3b after step 2b. */
  @Test
  void theSecondAcknowledgmentOfOldDataDecidesForNeedless() {
    try (Transcript t = timedOut(60_000)) {
      t.in(". 1 ack 2921 win 8000");
      t.drain();
      t.in(". 1 ack 4381 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.count(StackCounter.SPURIOUS_RTO_BY_FRTO)).isEqualTo(1);
    }
  }

  /** Step 3a: the new data leaves a hole, so the rest was lost. */
  @Test
  void aDuplicateAfterNewDataMeansLoss() {
    try (Transcript t = timedOut(60_000)) {
      t.in(". 1 ack 2921 win 8000");
      Notation first = t.dissect(t.wire.fromStack.poll());
      t.drain();
      t.after(20);
      t.in(". 1 ack 2921 win 8000 sack " + first.sequence + "-" + first.end);
      t.out(". 2921:4381");
      assertThat(t.count(StackCounter.SPURIOUS_RTO_UNDONE)).isZero();
      assertThat(t.info().recovery()).isEqualTo("loss");
    }
  }

  /** Step 2: without new data the usual recovery goes on. */
  @Test
  void withoutNewDataTheRestIsSentAgain() {
    try (Transcript t = timedOut(14600)) {
      t.in(". 1 ack 2921 win 8000").out(". 2921:4381").out(". 4381:5841").nothing();
      assertThat(t.count(StackCounter.SPURIOUS_RTO_UNDONE)).isZero();
    }
  }

  /** Step 2a: everything is acknowledged: nothing can be told, the window stays small. */
  @Test
  void anAcknowledgmentOfEverythingEndsIt() {
    try (Transcript t = timedOut(2920)) {
      t.in(". 1 ack 4381 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isLessThan(14600);
      assertThat(t.count(StackCounter.SPURIOUS_RTO_BY_FRTO)).isZero();
    }
  }

  /** A SACK of what was never sent again says the same. */
  @Test
  void aSackOfOldDataIsEnough() {
    try (Transcript t = timedOut(40_000)) {
      t.in(". 1 ack 1461 win 8000 sack 4381-5841");
      t.in(". 1 ack 2921 win 8000 sack 4381-7301");
      assertThat(t.count(StackCounter.SPURIOUS_RTO_BY_FRTO)).isEqualTo(1);
    }
  }
}
