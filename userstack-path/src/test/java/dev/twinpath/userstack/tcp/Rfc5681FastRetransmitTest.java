package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Fast retransmit without SACK, limited transmit (RFC 3042) and slow start. */
class Rfc5681FastRetransmitTest {
  @Test
  void threeDuplicatesWithoutSackRetransmitTheFirstSegment() {
    try (Transcript t = new Transcript().established()) {
      t.write(14600);
      assertThat(t.drain()).isEqualTo(10);
      t.in(". 1 ack 1").in(". 1 ack 1").nothing();
      t.in(". 1 ack 1").out(". 1:1461");
      assertThat(t.info().recovery()).isEqualTo("recovery");
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      t.in(". 1 ack 14601");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isBetween(7300L, 10220L);
      assertThat(t.count(StackCounter.RETRANSMITTED_FAST)).isEqualTo(1);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  @Test
  void limitedTransmitSendsNewDataOnTheFirstDuplicates() {
    try (Transcript t = new Transcript().established()) {
      t.write(20_000);
      assertThat(t.drain()).isEqualTo(10);
      t.in(". 1 ack 1").out(". 14601:16061");
      t.in(". 1 ack 1").out(". 16061:17521");
    }
  }

  @Test
  void slowStartDoublesAndAvoidanceAddsOneSegmentPerRound() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(2_000_000);
      assertThat(t.drain()).isEqualTo(10);
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.info().congestionWindow()).isEqualTo(29200);
      assertThat(t.drain()).isEqualTo(20);
    }
  }

  @Test
  void twoDuplicatesAreReorderingOnly() {
    try (Transcript t = new Transcript().established()) {
      t.write(14600).drain();
      t.in(". 1 ack 1").in(". 1 ack 1").in(". 1 ack 14601");
      assertThat(t.info().congestionWindow()).isGreaterThanOrEqualTo(14600);
      t.silence(1_000);
      assertThat(t.info().retransmittedBytes()).isZero();
    }
  }

  /** Section 2: a duplicate carries no data. */
  @Test
  void anAcknowledgmentWithDataIsNoDuplicate() {
    try (Transcript t = new Transcript().established()) {
      t.write(14600).drain();
      for (int i = 0; i < 4; i++) {
        t.in(". " + (1 + 10 * i) + ":" + (11 + 10 * i) + " ack 1");
      }
      t.after(1);
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().retransmittedBytes()).isZero();
    }
  }

  /** Section 2: a duplicate does not change the window. */
  @Test
  void aWindowUpdateIsNoDuplicate() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in(". 1 ack 1 win 40000");
      t.write(14600).drain();
      for (int i = 0; i < 5; i++) {
        t.in(". 1 ack 1 win " + (50_000 + i));
      }
      t.nothing();
      assertThat(t.info().recovery()).isEqualTo("open");
    }
  }

  @Test
  void furtherDuplicatesLetNewDataOut() {
    try (Transcript t = new Transcript().established()) {
      t.write(60_000);
      assertThat(t.drain()).isEqualTo(10);
      for (int i = 0; i < 3; i++) {
        t.in(". 1 ack 1");
      }
      t.out(". 14601:16061").out(". 16061:17521").out(". 1:1461");
      int before = t.drain();
      for (int i = 0; i < 7; i++) {
        t.in(". 1 ack 1");
      }
      assertThat(before + t.drain()).isBetween(3, 5);
    }
  }

  /** Section 3.1: after a timeout the window is one segment and the threshold half the flight. */
  @Test
  void aTimeoutStartsSlowly() {
    try (Transcript t = new Transcript().established()) {
      t.write(14600).drain();
      t.after(205).out(". 1:1461").nothing();
      assertThat(t.info().congestionWindow()).isEqualTo(1460);
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      t.in(". 1 ack 1461");
      assertThat(t.drain()).isEqualTo(2);
    }
  }
}
