package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** Computing and managing the retransmission timer, with Linux's floor of 200 ms. */
class Rfc6298RetransmissionTimeoutTest {
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

  /** Rule 2.2: SRTT = R, RTTVAR = R/2. */
  @Test
  void theFirstMeasurementSetsAll() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.after(300).in(". 1 ack 1");
      assertThat(t.info().smoothedRtt()).isEqualTo(300 * Transcript.MILLI);
      assertThat(t.info().retransmissionTimeout()).isEqualTo(900 * Transcript.MILLI);
    }
  }

  @Test
  void theVariationHasLinuxsFloor() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      assertThat(t.info().smoothedRtt()).isEqualTo(20 * Transcript.MILLI);
      assertThat(t.info().retransmissionTimeout()).isEqualTo(220 * Transcript.MILLI);
    }
  }

  /** Rule 2.1: a second, doubled. */
  @Test
  void withoutAMeasurementASecondIsWaited() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.silence(990).after(20).out("S. 0 ack 1");
      t.silence(1970).after(60).out("S. 0 ack 1");
    }
  }

  /** Rule 5.3: an acknowledgment of new data starts the timer anew. */
  @Test
  void progressStartsTheTimerAnew() {
    try (Transcript t = new Transcript().established()) {
      t.write(2920).out(". 1:1461").out("P. 1461:2921");
      t.silence(150).in(". 1 ack 1461");
      t.silence(195).after(60).out(". 1461:2921");
    }
  }

  /** Rule 5.2. */
  @Test
  void theTimerStopsWhenAllIsAcknowledged() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.write(2920).drain();
      t.in(". 1 ack 2921 win 8000").silence(10_000);
      assertThat(t.count(StackCounter.TIMEOUTS)).isZero();
    }
  }

  /** Rule 2.5. */
  @Test
  void theTimeoutIsBounded() {
    try (Transcript t = new Transcript(Transcript.config().maxRto(500)).established()) {
      t.write(100).drain();
      t.after(205).out(". 1:101").after(405).out(". 1:101");
      for (int i = 0; i < 3; i++) {
        t.silence(480).after(20).out(". 1:101");
      }
    }
  }

  /** Section 5: a backed-off timeout stays until something was measured again. */
  @Test
  void theBackoffEndsWithAMeasurement() {
    try (Transcript t = new Transcript().established()) {
      t.write(100).drain();
      t.after(205).out(". 1:101").after(1).in(". 1 ack 101");
      assertThat(t.info().backoff()).isEqualTo(1);
      t.write(100).drain();
      t.after(1).in(". 1 ack 201");
      assertThat(t.info().backoff()).isZero();
    }
  }

  /** RFC 7323 section 4: with timestamps what was sent twice can be measured. */
  @Test
  void timestampsMeasureWhatWasSentTwice() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.write(1448).drain();
      t.after(700);
      t.drain();
      assertThat(t.info().backoff()).isPositive();
      t.after(20).in(". 1 ack 1449 win 8000 ts 1002 *");
      t.write(1448).drain();
      t.after(30).in(". 1 ack 2897 win 8000 ts 1003 *");
      assertThat(t.info().backoff()).isZero();
    }
  }
}
