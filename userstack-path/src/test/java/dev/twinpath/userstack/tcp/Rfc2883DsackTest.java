package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** What came twice is told by the receiver, and believed by the sender as far as it can be. */
class Rfc2883DsackTest {
  @Test
  void aWholeSegmentThatCameTwiceIsTold() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1:1001 ack 1").out(". 1 ack 1001");
      t.in(". 1:1001 ack 1").out(". 1 ack 1001 sack 1-1001");
      assertThat(t.count(StackCounter.DSACK_OUT)).isEqualTo(1);
    }
  }

  @Test
  void aPartThatCameTwiceIsTold() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1:1001 ack 1").out(". 1 ack 1001");
      t.in(". 501:1501 ack 1").out(". 1 ack 1501 sack 501-1001").received(1500);
    }
  }

  /** Section 4: each duplicate is told once. */
  @Test
  void itIsToldOnce() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1:1001 ack 1").out(". 1 ack 1001");
      t.in(". 1:1001 ack 1").out(". 1 ack 1001 sack 1-1001");
      t.in(". 1001:1101 ack 1").out(". 1 ack 1101 sack none");
    }
  }

  /** Section 4.2: the second block is the one that it lies in. */
  @Test
  void aDuplicateBeyondAHoleComesBeforeItsBlock() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 2001:4001 ack 1").out(". 1 ack 1 sack 2001-4001");
      t.in(". 2001:3001 ack 1").out(". 1 ack 1 sack 2001-3001,2001-4001");
    }
  }

  /** RFC 3708: all that was sent again came twice, so nothing had been lost. */
  @Test
  void aReductionIsTakenBackWhenAllCameTwice() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      t.after(1).in(". 1 ack 14601 win 8000");
      assertThat(t.info().congestionWindow()).isBetween(7300L, 10220L);
      t.after(19).in(". 1 ack 14601 win 8000 sack 1-1461");
      assertThat(t.info().congestionWindow()).isEqualTo(14600);
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE_DSACK)).isEqualTo(1);
    }
  }

  @Test
  void aReductionStandsWhenOnlySomeCameTwice() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 2921-10221");
      assertThat(t.drain()).isEqualTo(2);
      t.after(20).in(". 1 ack 14601 win 8000 sack 1461-2921");
      assertThat(t.info().congestionWindow()).isBetween(7300L, 10220L);
      t.silence(100);
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE_DSACK)).isZero();
    }
  }

  /** A peer that tells of more than was ever sent again gains nothing by it. */
  @Test
  void whatWasNeverSentTwiceCannotComeTwice() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 7301 win 8000 sack 1-1461");
      t.in(". 1 ack 7301 win 8000 sack 1461-2921");
      assertThat(t.count(StackCounter.DSACK_IGNORED)).isEqualTo(2);
      assertThat(t.info().recovery()).isEqualTo("open");
    }
  }

  @Test
  void aDsackIsNoDuplicateAck() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(1460).drain();
      t.after(500);
      assertThat(t.drain()).isPositive();
      t.in(". 1 ack 1461 win 8000");
      t.write(14600).drain();
      long before = t.info().retransmittedSegments();
      for (int i = 0; i < 4; i++) {
        t.in(". 1 ack 1461 win 8000 sack 1-1461");
      }
      t.drain();
      assertThat(t.info().retransmittedSegments()).isEqualTo(before);
    }
  }

  @Test
  void whatFillsAHoleAndMoreTellsOfTheFirstPartThatCameTwice() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1001:2001 ack 1").out(". 1 ack 1 sack 1001-2001");
      t.in(". 3001:4001 ack 1").out(". 1 ack 1 sack 3001-4001,1001-2001");
      t.in(". 5001:6001 ack 1").out(". 1 ack 1 sack 5001-6001,3001-4001,1001-2001");
      t.in("P. 1:4501 ack 1").out(". 1 ack 4501 sack 1001-2001,5001-6001");
    }
  }

  @Test
  void withTheEndNothingIsToldOfWhatCameTwice() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in("P. 1:101 ack 1").out(". 1 ack 101 sack none").received(100);
      t.in("F. 1:101 ack 1").out(". 1 ack 102 sack none");
    }
  }
}
