package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** RFC 6298 timeouts, RFC 5681 and 6582 fast retransmit, RFC 6675 and 8985 with SACK. */
class RetransmissionTest {
  @Test
  void dataWithoutAnswerIsSentAgainWithBackoff() {
    try (Transcript t = new Transcript().established()) {
      t.write(1000).out("P. 1:1001 ack 1");
      t.silence(195).after(15).out(". 1:1001");
      t.silence(385).after(30).out(". 1:1001");
      t.silence(770).after(60).out(". 1:1001");
      assertThat(t.info().congestionWindow()).isEqualTo(1460);
      t.in(". 1 ack 1001").silence(10_000);
      assertThat(t.connection().bytesAcked()).isEqualTo(1000);
      assertThat(t.count(StackCounter.TIMEOUTS)).isEqualTo(3);
      assertThat(t.count(StackCounter.RETRANSMITTED_RTO)).isEqualTo(3);
    }
  }

  @Test
  void acksThatAcknowledgeNothingDoNotPushTheTimerBack() {
    try (Transcript t = new Transcript().established()) {
      t.write(1000).out("P. 1:1001 ack 1");
      for (int i = 0; i < 19; i++) {
        t.after(10).in(". 1 ack 1 win " + (60000 + i));
      }
      t.after(20).out(". 1:1001");
    }
  }

  @Test
  void thePeerIsGivenUpAfterTheConfiguredRetries() {
    try (Transcript t = new Transcript(Transcript.config().retries(3)).established()) {
      t.write(1000).after(10_000);
      assertThat(t.drain()).isEqualTo(4);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void theTimeoutFollowsTheRoundTrip() {
    try (Transcript t = new Transcript().established()) {
      for (int i = 0; i < 20; i++) {
        t.write(100);
        t.drain();
        t.after(100);
        t.in(". 1 ack " + (101 + 100 * i));
      }
      assertThat(t.info().smoothedRtt()).isBetween(80_000_000L, 101_000_000L);
      assertThat(t.info().retransmissionTimeout()).isBetween(280_000_000L, 420_000_000L);
    }
  }

  @Test
  void karnsRuleIgnoresWhatWasSentTwice() {
    try (Transcript t = new Transcript().established()) {
      t.write(100);
      t.drain();
      long before = t.info().smoothedRtt();
      t.after(205);
      t.drain();
      t.after(1);
      t.in(". 1 ack 101");
      assertThat(t.info().smoothedRtt()).isEqualTo(before);
    }
  }

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
      assertThat(t.info().congestionWindow()).isEqualTo(7300);
      assertThat(t.count(StackCounter.RETRANSMITTED_FAST)).isEqualTo(1);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

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
  void sackedHolesAreRetransmittedWithoutATimeout() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(14600);
      assertThat(t.drain()).isEqualTo(10);
      t.after(10);
      t.in(". 1 ack 1 win 8000 sack 1461-2921").nothing();
      t.in(". 1 ack 1 win 8000 sack 1461-4381").nothing();
      t.in(". 1 ack 1 win 8000 sack 1461-5841").out(". 1:1461").nothing();
      t.after(10).in(". 1 ack 5841 win 8000 sack 7301-14601").out(". 5841:7301").nothing();
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().retransmittedBytes()).isEqualTo(2920);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
      t.silence(5_000);
    }
  }

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
  void slowStartDoublesAndAvoidanceAddsOneSegmentPerRound() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(2_000_000);
      assertThat(t.drain()).isEqualTo(10);
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.info().congestionWindow()).isEqualTo(29200);
      assertThat(t.drain()).isEqualTo(20);
    }
  }
}
