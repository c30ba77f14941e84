package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/** Segments of somebody who does not see the connection: RFC 5961. */
class Rfc5961BlindAttacksTest {
  private static void alive(Transcript t) {
    assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
  }

  @Test
  void onlyTheExactResetResets() {
    try (Transcript t = new Transcript().established()) {
      t.in("R 2").out(". 1 ack 1");
      t.in("R 3").nothing();
      t.after(501).in("R 60000").out(". 1 ack 1");
      t.in("R 2000000").nothing();
      t.in("R -5").nothing();
      alive(t);
      assertThat(t.count(StackCounter.CHALLENGE_ACKS)).isEqualTo(2);
      t.in("R 1");
      assertThat(t.connection().isClosed()).isTrue();
    }
  }

  @Test
  void aSynInAConnectionIsChallenged() {
    try (Transcript t = new Transcript().established()) {
      t.in("S 1").out(". 1 ack 1");
      t.after(501).in("S 5000000").out(". 1 ack 1");
      t.after(501).in("S. 1 ack 1").out(". 1 ack 1");
      alive(t);
      assertThat(t.count(StackCounter.SYN_CHALLENGES)).isEqualTo(3);
    }
  }

  @Test
  void aSynThatFailsPawsIsChallenged() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("S 5 mss 1460 ts 1 0").out(". 1 ack 1");
      alive(t);
      assertThat(t.count(StackCounter.SYN_CHALLENGES)).isEqualTo(1);
      assertThat(t.count(StackCounter.PAWS_DROPS)).isZero();
    }
  }

  @Test
  void aSynInSynReceivedThatIsNotTheFirstIsChallenged() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in("S 100 mss 1460").out(". 1 ack 1");
      t.in("R 100").nothing();
      t.in(". 1 ack 1");
      alive(t);
    }
  }

  @Test
  void challengesAreLimitedPerConnection() {
    try (Transcript t = new Transcript().established()) {
      for (int i = 0; i < 20; i++) {
        t.in("R " + (2 + i));
      }
      assertThat(t.drain()).isEqualTo(1);
      assertThat(t.count(StackCounter.ACKS_SKIPPED_CHALLENGE)).isEqualTo(19);
      t.after(500).in("R 99").out(". 1 ack 1");
    }
  }

  @Test
  void challengesCanBeLimitedForTheShard() {
    try (Transcript t =
        new Transcript(Transcript.config().challengeAcksPerSecond(1)).established()) {
      t.in("R 2").out(". 1 ack 1");
      t.after(501).in("R 2").nothing();
      assertThat(t.count(StackCounter.CHALLENGE_ACKS_LIMITED)).isEqualTo(1);
      t.after(501).in("R 2").out(". 1 ack 1");
    }
  }

  @Test
  void anAckOfWhatWasNeverSentIsDroppedWithItsData() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:11 ack 5").nothing().received(0);
      alive(t);
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1").in("P. 1:11 ack 5").out(". 2 ack 1").received(0);
    }
  }

  @Test
  void anAckFarInThePastIsChallengedAndItsDataDropped() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:11 ack -100000").out(". 1 ack 1").received(0);
      assertThat(t.count(StackCounter.UNACCEPTABLE_ACKS)).isEqualTo(1);
    }
  }

  @Test
  void anAckIsOnlyAcceptableWithinWhatWasSent() {
    try (Transcript t = new Transcript().established()) {
      t.write(1000).drain();
      t.in(". 1 ack 1001");
      t.in("P. 1:11 ack 1").received(10);
      t.after(50).out(". 1001 ack 11");
      t.in("P. 11:21 ack 0").received(10).out(". 1001 ack 11");
      assertThat(t.count(StackCounter.UNACCEPTABLE_ACKS)).isEqualTo(1);
    }
  }

  @Test
  void aSegmentWithoutAckIsDropped() {
    try (Transcript t = new Transcript().established()) {
      t.in("P 1:11").nothing().received(0);
      assertThat(t.count(StackCounter.NO_ACK_DROPS)).isEqualTo(1);
    }
  }

  @Test
  void dataOutsideTheWindowIsAnsweredAndDropped() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 3000000:3000010 ack 1").out(". 1 ack 1").received(0);
      t.in("P. -2000:-1000 ack 1").out(". 1 ack 1").received(0);
      assertThat(t.count(StackCounter.OUT_OF_WINDOW)).isEqualTo(2);
    }
  }

  @Test
  void emptySegmentsOutsideTheWindowAreAnsweredTwiceASecond() {
    try (Transcript t = new Transcript().established()) {
      for (int i = 0; i < 10; i++) {
        t.in(". 3000000 ack 1");
      }
      assertThat(t.drain()).isEqualTo(1);
      t.after(600).in(". 3000000 ack 1").out(". 1 ack 1");
    }
  }

  @Test
  void urgentDataIsTolerated() {
    try (Transcript t = new Transcript().established()) {
      t.in("PU. 1:101 ack 1").out(". 1 ack 101").received(100);
    }
  }
}
