package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** TIME_WAIT is not to be assassinated: RFC 1337. */
class Rfc1337Test {
  @Test
  void oldDataInTimeWaitIsAcknowledgedNotReset() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:101 ack 1").out(". 1 ack 101");
      t.connection().close();
      t.out("F. 1").in("F. 101 ack 2").out(". 2 ack 102");
      t.in("P. 1:101 ack 1").out(". 2 ack 102");
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void anExactResetEndsTimeWaitAsLinuxHasIt() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.in("R 2").nothing();
      assertThat(t.stack.timeWaitCount()).isZero();
      assertThat(t.count(StackCounter.TIME_WAIT_KILLED)).isEqualTo(1);
    }
  }

  @Test
  void noResetEndsTimeWaitWhenTheRfcIsFollowed() {
    try (Transcript t = new Transcript(Transcript.config().rfc1337(true)).established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.in("R 2").nothing();
      t.in("R 3").nothing();
      t.in("R. 2 ack 2").nothing();
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      assertThat(t.count(StackCounter.TIME_WAIT_KILLED)).isZero();
    }
  }

  @Test
  void anInexactResetNeverEndsTimeWait() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.in("R 1").nothing();
      t.in("R 3").nothing();
      t.in("R 60000").nothing();
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void aResetWithAnOldTimestampDoesNotEndTimeWait() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2 ts 1005 1").out(". 2 ack 2");
      t.in("R 2 ts 1004 0").nothing();
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.in("R 2 ts 1005 0").nothing();
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }
}
