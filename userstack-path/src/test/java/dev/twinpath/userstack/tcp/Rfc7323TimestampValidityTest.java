package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** What a timestamp proves, and when it proves nothing (RFC 7323 section 5). */
class Rfc7323TimestampValidityTest {
  private static Transcript advanced() {
    Transcript t = new Transcript().establishedWithTimestamps();
    return t.in("P. 1:101 ack 1 win 8000 ts 5000 0").out(". 1 ack 101 ts * 5000");
  }

  @Test
  void anOldDuplicateIsDroppedAndAnswered() {
    try (Transcript t = advanced()) {
      t.in("P. 101:201 ack 1 win 8000 ts 4000 0").out(". 1 ack 101 ts * 5000");
      assertThat(t.count(StackCounter.PAWS_DROPS)).isEqualTo(1);
      t.received(100);
    }
  }

  @Test
  void aResetIsNotTested() {
    try (Transcript t = advanced()) {
      t.in("R. 101 ack 1 ts 4000 0");
      assertThat(t.app.closed).isEqualTo(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  void equalValuesAreNotOld() {
    try (Transcript t = advanced()) {
      t.in("P. 101:201 ack 1 win 8000 ts 5000 0").out(". 1 ack 201").received(200);
    }
  }

  @Test
  void afterTwentyFourDaysTheValueProvesNothing() {
    try (Transcript t = advanced()) {
      t.now += 25L * 86_400 * 1_000_000_000L;
      t.in("P. 101:201 ack 1 win 8000 ts 4000 0").out(". 1 ack 201 ts * 4000").received(200);
    }
  }

  @Test
  void aValueThatWrappedIsNewer() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460 ts 4294967290 0").out("S. 0 ack 1 sackOK ts * *".replace(" sackOK", ""));
      t.in(". 1 ack 1 ts 4294967295 0");
      t.in("P. 1:101 ack 1 ts 3 0").out(". 1 ack 101 ts * 3");
    }
  }
}
