package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.TcpOptions;
import org.junit.jupiter.api.Test;

/** Keep-alive (RFC 9293 section 3.8.4), with the options of Linux. */
class Rfc9293KeepAliveTest {
  @Test
  void anIdlePeerIsProbedAndADeadOneReset() {
    try (Transcript t = new Transcript().established()) {
      t.connection().keepAlive(true, 60, 10, 3);
      t.silence(59_900).after(200).out(". 0 ack 1");
      t.in(". 1 ack 1");
      t.silence(59_000).after(1_200).out(". 0 ack 1");
      t.after(10_000).out(". 0 ack 1").after(10_000).out(". 0 ack 1");
      t.after(10_000).out("R. 1");
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aPeersProbeIsAnswered() {
    try (Transcript t = new Transcript().established()) {
      t.in(". 0 ack 1").out(". 1 ack 1");
    }
  }

  @Test
  void dataPutsTheProbeOff() {
    try (Transcript t = new Transcript().established()) {
      t.connection().keepAlive(true, 60, 10, 3);
      t.after(50_000);
      t.in("P. 1:11 ack 1").out(". 1 ack 11");
      t.silence(59_900).after(200).out(". 0 ack 11");
    }
  }

  @Test
  void aListenersConnectionsInheritIt() {
    try (Transcript t = new Transcript().listen()) {
      t.listener.options().keepAlive(true, 60, 10, 1);
      t.in("S 0 mss 1460").out("S. 0 ack 1").in(". 1 ack 1");
      assertThat(t.connection().keepAlive()).isTrue();
      t.silence(59_900).after(200).out(". 0 ack 1").after(10_000).out("R. 1");
    }
  }

  @Test
  void withAUserTimeoutThatDecides() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().userTimeout(75_000);
      t.connection().keepAlive(true, 60, 10, 1);
      t.after(60_100).out(". 0 ack 1").after(10_000).out(". 0 ack 1");
      t.after(10_000).out("R. 1");
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void valuesOutOfRangeAreRefused() {
    try (Transcript t = new Transcript().established()) {
      TcpOptions options = t.connection().options();
      assertThatThrownBy(() -> options.keepAlive(true, 0, 1, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> options.keepAlive(true, 1, 32_768, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> options.keepAlive(true, 1, 1, 128))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(options.keepAliveIdle()).isEqualTo(7200);
    }
  }
}
