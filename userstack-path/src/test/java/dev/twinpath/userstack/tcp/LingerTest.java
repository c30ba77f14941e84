package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/** SO_LINGER, TCP_LINGER2 and what close makes of them, as Linux. */
class LingerTest {
  @Test
  void zeroResetsAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.write(100).out("P. 1:101");
      t.connection().options().linger(0);
      t.connection().close();
      t.run().out("R. 101").nothing();
      assertThat(t.count(StackCounter.ABORT_ON_DATA)).isEqualTo(1);
      assertThat(t.app.closed).isEqualTo(CloseCause.LOCAL_ABORT);
    }
  }

  @Test
  void zeroLosesWhatWasNotSent() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().linger(0);
      t.writeMore(100);
      t.connection().close();
      t.run().out("R. 1").nothing();
    }
  }

  @Test
  void moreGoesOnInTheBackground() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().linger(5);
      t.write(100);
      t.connection().close();
      t.run().out("P. 1:101").out("F. 101");
      t.in(". 1 ack 102").in("F. 1 ack 102").out(". 102 ack 2");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
    }
  }

  @Test
  void shutdownIsNotLingering() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().linger(0);
      t.connection().shutdownOutput();
      t.run().out("F. 1");
    }
  }

  @Test
  void finWait2LastsAsLongAsTheOptionSays() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().finTimeout(5);
      t.connection().close();
      t.run().out("F. 1").in(". 1 ack 2");
      assertThat(t.info().state()).isEqualTo(TcpState.FIN_WAIT_2);
      t.after(4_900);
      assertThat(t.app.closed).isNull();
      t.after(200);
      assertThat(t.count(StackCounter.FIN_WAIT_2_TIMEOUTS)).isEqualTo(1);
    }
  }

  @Test
  void finWait2CanBeLeftOut() {
    try (Transcript t = new Transcript().established()) {
      t.connection().options().finTimeout(-1);
      t.connection().close();
      t.run().out("F. 1").in(". 1 ack 2").out("R. 2");
      assertThat(t.stack.connectionCount()).isZero();
    }
  }
}
