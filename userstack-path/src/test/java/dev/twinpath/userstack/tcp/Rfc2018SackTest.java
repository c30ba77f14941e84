package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** What the receiver tells by SACK, and what a sender may make of it. */
class Rfc2018SackTest {
  @Test
  void aPeerThatRenegesGetsEverythingAgain() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(2920).drain();
      t.in(". 1 ack 1 win 8000 sack 1461-2921");
      t.after(5_000);
      t.drain();
      t.in(". 1 ack 1461 win 8000");
      t.after(60_000);
      assertThat(t.drain()).isPositive();
      t.in(". 1 ack 2921 win 8000");
      assertThat(t.connection().bytesAcked()).isEqualTo(2920);
    }
  }

  @Test
  void nonsenseSacksAreIgnored() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.in(". 1 ack 1 win 8000 sack 20000-30000,5000-4000,14601-14602");
      t.in(". 1 ack 1 win 8000 sack 1-14601");
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.connection().bytesAcked()).isEqualTo(14600);
      assertThat(t.count(StackCounter.SACK_IGNORED)).isPositive();
    }
  }

  @Test
  void withoutPermissionThereAreNoBlocks() {
    try (Transcript t = new Transcript().established()) {
      t.in(". 1001:2001 ack 1").out(". 1 ack 1 sack none");
    }
  }

  /** Section 4: the block of the segment that came last is first; then those told last. */
  @Test
  void theBlockThatChangedComesFirst() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1001:2001 ack 1").out(". 1 ack 1 sack 1001-2001");
      t.in(". 3001:4001 ack 1").out(". 1 ack 1 sack 3001-4001,1001-2001");
      t.in(". 4001:5001 ack 1").out(". 1 ack 1 sack 3001-5001,1001-2001");
      t.in(". 2001:2501 ack 1").out(". 1 ack 1 sack 1001-2501,3001-5001");
    }
  }

  @Test
  void atMostFourBlocksFit() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      for (int i = 1; i <= 5; i++) {
        t.in(". " + (2000 * i + 1) + ":" + (2000 * i + 1001) + " ack 1");
      }
      for (int i = 0; i < 4; i++) {
        t.wire.fromStack.poll();
      }
      t.out(". 1 ack 1 sack 10001-11001,8001-9001,6001-7001,4001-5001");
    }
  }

  @Test
  void aFilledHoleNeedsNoBlock() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in(". 1001:2001 ack 1").out(". 1 ack 1 sack 1001-2001");
      t.in(". 1:1001 ack 1").out(". 1 ack 2001 sack none").received(2000);
    }
  }

  /** Section 5: what is SACKed is not sent again in recovery. */
  @Test
  void whatIsSackedIsNotSentAgain() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-7301,8761-14601").out(". 1:1461");
      t.after(1);
      t.in(". 1 ack 7301 win 8000 sack 8761-14601");
      t.drain();
      t.in(". 1 ack 14601 win 8000").silence(5_000);
      assertThat(t.info().retransmittedBytes()).isEqualTo(2920);
    }
  }

  /** Section 8: after a timeout of what was SACKed, the blocks count no more. */
  @Test
  void aTimeoutOfWhatWasSackedForgetsTheBlocks() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(5840).drain();
      t.after(20).in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461");
      // The peer takes the hole, and gives up what it had beyond.
      t.after(20).in(". 1 ack 1461 win 8000");
      assertThat(t.count(StackCounter.SACK_RENEGING)).isEqualTo(1);
      t.after(40).out(". 1461:2921");
    }
  }
}
