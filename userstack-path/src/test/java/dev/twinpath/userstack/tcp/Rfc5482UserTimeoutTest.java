package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** The user timeout (RFC 5482 section 3, TCP_USER_TIMEOUT as Linux has it). */
class Rfc5482UserTimeoutTest {
  @Test
  void unacknowledgedDataEndsTheConnectionInTime() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().userTimeout(3_000);
      t.write(100);
      t.after(2_900);
      assertThat(t.app.closed).isNull();
      t.after(800);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
      assertThat(t.count(StackCounter.ABORT_ON_TIMEOUT)).isEqualTo(1);
    }
  }

  @Test
  void itReplacesTheRetryCount() {
    try (Transcript t = new Transcript(Transcript.config().retries(2)).established()) {
      t.connection().options().userTimeout(30_000);
      t.write(100).after(25_000);
      assertThat(t.app.closed).isNull();
      t.after(10_000);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void anAcknowledgmentStartsItAgain() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().userTimeout(3_000);
      t.write(2920).after(2_000);
      t.drain();
      t.in(". 1 ack 1461").after(2_500);
      assertThat(t.app.closed).isNull();
      t.after(3_000);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aWindowThatStaysShutEndsItToo() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().userTimeout(3_000);
      t.write(1460).drain();
      t.in(". 1 ack 1461 win 0");
      t.write(100).after(2_000);
      t.in(". 1 ack 1461 win 0").after(900);
      assertThat(t.app.closed).isNull();
      t.after(2_000);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aCloseIsBoundedByIt() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().userTimeout(3_000);
      t.connection().close();
      t.run().out("F. 1");
      t.after(3_700);
      t.drain();
      t.in("P. 1:2 ack 1").out("R 1");
    }
  }

  @Test
  void anActiveOpenIsBoundedByIt() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.connection().options().userTimeout(2_000);
      t.after(2_500);
      assertThat(t.app.closed).isNull();
      t.after(1_500);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }
}
