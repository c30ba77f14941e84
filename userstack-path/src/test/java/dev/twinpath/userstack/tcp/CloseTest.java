package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpState;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** FIN in every state, half-close, RST, TIME_WAIT, orphans (RFC 9293 sections 3.6 and 3.10). */
class CloseTest {
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
      assertThat(state(t)).isEqualTo(TcpState.FIN_WAIT_2);
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
      assertThat(state(t)).isEqualTo(TcpState.FIN_WAIT_2);
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
      assertThat(state(t)).isEqualTo(TcpState.FIN_WAIT_2);
    }
  }

  @Test
  void afterHalfCloseWeStillReceive() {
    try (Transcript t = new Transcript().established()) {
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1");
      Assertions.assertThatThrownBy(() -> t.connection().sendBytes(1, 1))
          .isInstanceOf(StackException.class);
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
      t.in("FP. 1:101 ack 1").out(". 1 ack 102").received(100);
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
  void aFinBeyondAHoleWaits() {
    try (Transcript t = new Transcript().established()) {
      t.in("F. 101:201 ack 1").out(". 1 ack 1");
      assertThat(t.app.remoteClosed).isFalse();
      t.in(". 1:101 ack 1").out(". 1 ack 202").received(200);
      assertThat(t.app.remoteClosed).isTrue();
    }
  }

  @Test
  void anOrphanInFinWait2TimesOut() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.silence(59_900);
      assertThat(state(t)).isEqualTo(TcpState.FIN_WAIT_2);
      t.after(200);
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
      assertThat(t.count(StackCounter.FIN_WAIT_2_TIMEOUTS)).isEqualTo(1);
      t.in("F. 1 ack 2").out("R 2");
    }
  }

  @Test
  void dataForAClosedReaderIsAnsweredByReset() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.in("P. 1:101 ack 2").out("R. 2");
      assertThat(t.app.closed).isEqualTo(CloseCause.LOCAL_ABORT);
      assertThat(t.count(StackCounter.ABORT_ON_DATA)).isEqualTo(1);
    }
  }

  @Test
  void closeWithUnreadDataResets() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      t.in("P. 1:101 ack 1").out(". 1 ack 101");
      t.connection().close();
      t.out("R. 1 ack 101");
      assertThat(t.app.closed).isEqualTo(CloseCause.LOCAL_ABORT);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void unreadDataSurvivesTheEndOfTheConnection() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      t.in("FP. 1:101 ack 1").out(". 1 ack 102");
      t.connection().shutdownOutput();
      t.out("F. 1").in(". 102 ack 2");
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
  void abortSendsResetAndTellsAtOnce() {
    try (Transcript t = new Transcript().established()) {
      t.write(1000).drain();
      t.connection().abort();
      assertThat(t.app.closed).isEqualTo(CloseCause.LOCAL_ABORT);
      t.out("R. 1001 ack 1").silence(10_000);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void aResetOfThePeerEndsTheConnection() {
    try (Transcript t = new Transcript().established()) {
      t.write(1000).drain();
      t.in("R 1");
      assertThat(t.app.closed).isEqualTo(CloseCause.RESET_BY_PEER);
      assertThat(t.app.closedCalls).isEqualTo(1);
      t.silence(5_000);
      assertThat(t.stack.liveResources()).isZero();
    }
  }

  @Test
  void timeWaitAnswersARepeatedFinAndStartsAnew() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.after(50_000).in("F. 1 ack 2").out(". 2 ack 2");
      t.after(50_000);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.in("R 2");
      assertThat(t.stack.timeWaitCount()).as("an exact RST ends it").isZero();
    }
  }

  @Test
  void aNewSynWithAHigherSequenceNumberReusesTimeWait() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.in("S 1 mss 1460").out(". 2 ack 2");
      assertThat(t.count(StackCounter.TIME_WAIT_RECYCLED)).isZero();
      t.stackSequenceKnown = false;
      t.in("S 100000 mss 1460").out("S. 0 ack 100001");
      assertThat(t.count(StackCounter.TIME_WAIT_RECYCLED)).isEqualTo(1);
    }
  }

  @Test
  void aNewSynWithALaterTimestampReusesTimeWait() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2 ts 1005 1").out(". 2 ack 2");
      t.in("S 1 mss 1460 ts 1004 0 sackOK ws 7").out(". 2 ack 2 ts * 1005");
      t.stackSequenceKnown = false;
      t.in("S 1 mss 1460 ts 1006 0 sackOK ws 7").out("S. 0 ack 2 sackOK ts * 1006 ws *");
    }
  }

  @Test
  void tooManyOrphansAreReset() {
    try (Transcript t = new Transcript(Transcript.config().maxOrphans(0)).established()) {
      t.connection().close();
      t.out("R. 1");
      assertThat(t.count(StackCounter.ABORT_ON_ORPHANS)).isEqualTo(1);
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
