package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/** FIN from either side and from both: RFC 9293 section 3.6. */
class Rfc9293CloseTest {
  private static TcpState state(Transcript t) {
    return t.connection().state();
  }

  @Test
  void weCloseFirst() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1");
      assertThat(state(t)).isEqualTo(TcpState.FIN_WAIT_1);
      t.in(". 1 ack 2");
      assertThat(t.stack.counters().connections(TcpState.FIN_WAIT_2)).isEqualTo(1);
      t.in("F. 1 ack 2").out(". 2 ack 2");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.silence(59_000);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.after(1_100);
      assertThat(t.stack.timeWaitCount()).isZero();
      assertThat(t.stack.armedTimers()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void thePeerClosesFirst() {
    try (Transcript t = new Transcript().established()) {
      t.in("F. 1 ack 1").out(". 1 ack 2");
      assertThat(t.app.remoteClosed).isTrue();
      assertThat(state(t)).isEqualTo(TcpState.CLOSE_WAIT);
      t.write(100).out("P. 1:101 ack 2");
      t.connection().close();
      t.out("F. 101 ack 2");
      assertThat(state(t)).isEqualTo(TcpState.LAST_ACK);
      t.in(". 2 ack 102");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
      assertThat(t.stack.timeWaitCount()).isZero();
      assertThat(t.stack.connectionCount()).isZero();
    }
  }

  @Test
  void bothCloseAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1");
      t.in("F. 1 ack 1").out(". 2 ack 2");
      assertThat(state(t)).isEqualTo(TcpState.CLOSING);
      t.in(". 2 ack 2");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void finAndItsAckInOneSegment() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1");
      t.in("F. 1 ack 2").out(". 2 ack 2");
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void finRidesOnTheLastData() {
    try (Transcript t = new Transcript().established()) {
      t.writeMore(3000);
      t.connection().close();
      t.out(". 1:1461").out(". 1461:2921").out("FP. 2921:3001");
      t.in(". 1 ack 3002");
      assertThat(t.stack.counters().connections(TcpState.FIN_WAIT_2)).isEqualTo(1);
    }
  }

  @Test
  void aLostFinIsSentAgain() {
    try (Transcript t = new Transcript().established()) {
      t.writeMore(100);
      t.connection().close();
      t.out("FP. 1:101").after(205).out("F. 1:101");
      t.in(". 1 ack 101").after(1000).out("F. 101");
      t.in(". 1 ack 102");
      assertThat(t.stack.counters().connections(TcpState.FIN_WAIT_2)).isEqualTo(1);
    }
  }

  @Test
  void simultaneousCloseWithLostFins() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1");
      t.in("F. 1 ack 1").out(". 2 ack 2");
      t.after(210).out("F. 1 ack 2");
      t.in("F. 1 ack 1").out(". 2 ack 2");
      assertThat(state(t)).isEqualTo(TcpState.CLOSING);
      t.in(". 2 ack 2");
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void aFinBeyondAHoleWaits() {
    try (Transcript t = new Transcript().established()) {
      t.in("F. 101:201 ack 1").out(". 1 ack 1");
      assertThat(t.app.remoteClosed).isFalse();
      t.in(". 1:101 ack 1").out(". 1 ack 202").received(200);
      assertThat(t.app.remoteClosed).isTrue();
    }
  }

  @Test
  void aRepeatedFinInCloseWaitIsAcknowledgedAgain() {
    try (Transcript t = new Transcript().established()) {
      t.in("F. 1 ack 1").out(". 1 ack 2");
      t.after(1000).in("F. 1 ack 1").out(". 1 ack 2");
      assertThat(state(t)).isEqualTo(TcpState.CLOSE_WAIT);
      assertThat(t.app.closed).isNull();
    }
  }

  @Test
  void dataAfterTheirFinIsIgnored() {
    try (Transcript t = new Transcript().established()) {
      t.in("FP. 1:11 ack 1").silence(39).after(2).out(". 1 ack 12");
      t.in("P. 12:22 ack 1").out(". 1 ack 12").received(10);
      assertThat(state(t)).isEqualTo(TcpState.CLOSE_WAIT);
    }
  }

  @Test
  void anAcknowledgmentFromBeforeTheirFinIsNotHeldAgainstIt() {
    try (Transcript t = new Transcript().established()) {
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1");
      // Its ACK overtook the FIN.
      t.in(". 2 ack 2").silence(10);
      t.in("F. 1 ack 1").out(". 2 ack 2");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
    }
  }

  @Test
  void unreadDataSurvivesTheEndOfTheConnection() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      t.in("FP. 1:101 ack 1").silence(10);
      t.connection().shutdownOutput();
      t.out("F. 1 ack 102").in(". 102 ack 2");
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.app.closed).as("not before the data is read").isNull();
      long room = t.arena.allocate(200).address();
      assertThat(t.connection().receive(room, 200)).isEqualTo(100);
      t.run();
      assertThat(t.app.remoteClosed).isTrue();
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
      assertThat(t.app.closedCalls).isEqualTo(1);
    }
  }

  @Test
  void closeInSynSentSaysNothing() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.connection().close();
      t.silence(10_000);
      assertThat(t.app.closed).isEqualTo(CloseCause.LOCAL_ABORT);
      t.in("S. 0 ack 1 mss 1460").out("R 1");
    }
  }

  @Test
  void closeTwiceIsOnce() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.connection().close();
      t.out("F. 1 ack 1").nothing();
      t.in(". 1 ack 2");
      t.connection().close();
      t.connection().shutdownOutput();
      t.nothing();
      assertThat(t.app.closedCalls).isEqualTo(1);
    }
  }

  @Test
  void closingTheShardResetsEverybody() {
    Transcript t = new Transcript().established();
    t.write(1000).drain();
    t.stack.close();
    assertThat(t.app.closed).isEqualTo(CloseCause.STACK_CLOSED);
    t.wire.fromStack.clear();
    t.close();
  }
}
