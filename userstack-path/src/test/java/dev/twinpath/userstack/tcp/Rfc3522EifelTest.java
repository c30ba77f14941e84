package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** A timestamp shows that the original arrived and not the retransmission (RFC 3522, RFC 4015). */
class Rfc3522EifelTest {
  @Test
  void aSpuriousTimeoutIsUndoneByTimestamps() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.write(14480);
      t.drain();
      long before = t.info().congestionWindow();
      t.after(1500);
      assertThat(t.drain()).isPositive();
      assertThat(t.info().recovery()).isEqualTo("loss");
      // The ACK of the first transmission, delayed: it echoes the old timestamp.
      t.in(". 1 ack 14481 win 8000 ts 1002 1");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isGreaterThanOrEqualTo(before);
      assertThat(t.count(StackCounter.SPURIOUS_RTO_UNDONE)).isEqualTo(1);
    }
  }

  private static Transcript recovering() {
    Transcript t = new Transcript().establishedWithTimestamps();
    t.write(14480);
    assertThat(t.drain()).isEqualTo(10);
    t.after(30).in(". 1 ack 1 win 8000 ts 1002 21 sack 1449-5793").out(". 1:1449");
    assertThat(t.info().recovery()).isEqualTo("recovery");
    return t;
  }

  @Test
  void aNeedlessFastRetransmitIsTakenBack() {
    try (Transcript t = recovering()) {
      t.after(1).in(". 1 ack 14481 win 8000 ts 1003 21");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isGreaterThanOrEqualTo(14480);
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE)).isEqualTo(1);
    }
  }

  @Test
  void anEchoOfTheRetransmissionIsNoProof() {
    try (Transcript t = recovering()) {
      t.after(30).in(". 1 ack 14481 win 8000 ts 1003 51");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isBetween(7240L, 10220L);
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE)).isZero();
    }
  }

  @Test
  void withoutTimestampsThereIsNoProof() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      t.after(1).in(". 1 ack 14601 win 8000");
      assertThat(t.info().congestionWindow()).isBetween(7300L, 10220L);
    }
  }

  /** A partial acknowledgment: the hole was filled by the original. */
  @Test
  void aPartialAcknowledgmentIsEnough() {
    try (Transcript t = recovering()) {
      t.after(1).in(". 1 ack 5793 win 8000 ts 1003 21");
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE_PARTLY)).isEqualTo(1);
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().slowStartThreshold()).isGreaterThan(7240);
    }
  }

  /** It is reordering that shows: the next hole is given time. */
  @Test
  void reorderingIsLearnedFromIt() {
    try (Transcript t = recovering()) {
      t.after(1).in(". 1 ack 5793 win 8000 ts 1003 21");
      assertThat(t.info().reordering()).isGreaterThan(3);
      t.in(". 1 ack 5793 win 8000 ts 1003 21 sack 7241-14481").nothing();
    }
  }

  /** An echo of zero is none (RFC 7323 section 3.2). */
  @Test
  void anEchoOfZeroIsNoProof() {
    try (Transcript t = recovering()) {
      t.after(1).in(". 1 ack 14481 win 8000 ts 1003 0");
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE)).isZero();
    }
  }
}
