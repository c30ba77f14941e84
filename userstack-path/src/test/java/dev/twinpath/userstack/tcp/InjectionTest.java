package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/** Blind attacks and old duplicates: RFC 5961, PAWS of RFC 7323, RFC 1337. */
class InjectionTest {
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
  void anAckOfWhatWasNeverSentIsChallengedAndItsDataDropped() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:11 ack 5").out(". 1 ack 1").received(0);
      alive(t);
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
  void pawsDropsOldTimestamps() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("P. 1:101 ack 1 ts 2000 0").out(". 1 ack 101 ts * 2000");
      t.in("P. 101:201 ack 1 ts 1500 0").out(". 1 ack 101 ts * 2000").received(100);
      assertThat(t.count(StackCounter.PAWS_DROPS)).isEqualTo(1);
      t.in("P. 101:201 ack 1 ts 2000 0").out(". 1 ack 201").received(200);
    }
  }

  @Test
  void pawsDoesNotHoldBackAReset() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("R 1 ts 1 0");
      assertThat(t.connection().isClosed()).isTrue();
    }
  }

  @Test
  void timestampsWrap() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460 ts 2147483647 0").out("S. 0 ack 1 ts * 2147483647");
      t.in(". 1 ack 1 ts 2147483647 0");
      t.in("P. 1:11 ack 1 ts 2147483650 0").out(". 1 ack 11").received(10);
    }
  }

  @Test
  void pawsForgetsAfterTwentyFourDays() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.after(25L * 86_400_000L);
      t.in("P. 1:11 ack 1 ts 5 0").received(10);
    }
  }

  @Test
  void anOutOfOrderTimestampDoesNotMoveTheEcho() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.in("P. 1001:2001 ack 1 ts 3000 0").out(". 1 ack 1 ts * 1001");
      t.in("P. 1:1001 ack 1 ts 2000 0").out(". 1 ack 2001 ts * 2000");
    }
  }

  @Test
  void urgentDataIsTolerated() {
    try (Transcript t = new Transcript().established()) {
      t.in("PU. 1:101 ack 1").out(". 1 ack 101").received(100);
    }
  }
}
