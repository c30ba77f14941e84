package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/** One side has sent FIN, the other goes on: RFC 9293 section 3.6. */
class Rfc9293HalfCloseTest {
  @Test
  void afterHalfCloseWeStillReceive() {
    try (Transcript t = new Transcript().established()) {
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1");
      assertThatThrownBy(() -> t.connection().sendBytes(1, 1)).isInstanceOf(StackException.class);
      t.in("P. 1:1001 ack 2").out(". 2 ack 1001").received(1000);
      t.silence(300_000);
      t.in("FP. 1001:1101 ack 2").out(". 2 ack 1102").received(1100);
      assertThat(t.app.remoteClosed).isTrue();
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
    }
  }

  @Test
  void afterThePeersHalfCloseWeStillSend() {
    try (Transcript t = new Transcript().established()) {
      t.in("FP. 1:101 ack 1").received(100).after(41).out(". 1 ack 102");
      t.write(5000);
      assertThat(t.drain()).isEqualTo(4);
      t.in(". 102 ack 5001");
      t.connection().shutdownOutput();
      t.out("F. 5001 ack 102");
      t.in(". 102 ack 5002");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
    }
  }

  @Test
  void closeAfterShutdownMakesAnOrphan() {
    try (Transcript t = new Transcript().established()) {
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.silence(3_600_000);
      assertThat(t.connection().state())
          .as("no timeout while it is read")
          .isEqualTo(TcpState.FIN_WAIT_2);
      t.connection().close();
      t.silence(59_900);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.silence(200);
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void afterHalfCloseUnreadDataWaitsToBeRead() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.in("P. 1:1001 ack 2").out(". 2 ack 1001");
      long room = t.arena.allocate(2000).address();
      assertThat(t.connection().receive(room, 2000)).isEqualTo(1000);
      t.drain();
      t.in("F. 1001 ack 2").out(". 2 ack 1002");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
    }
  }
}
