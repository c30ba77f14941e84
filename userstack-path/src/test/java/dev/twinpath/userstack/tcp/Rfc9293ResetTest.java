package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** RST, sent and received: RFC 9293 sections 3.5.2 and 3.5.3, RFC 2525 section 2.17. */
class Rfc9293ResetTest {
  @Test
  void theResetOfARefusalHasTheNumbersOfTheSegment() {
    try (Transcript t = new Transcript()) {
      t.in("P. 100:200 ack 700").out("R *");
      t.in("F 100").out("R. * ack 101");
      t.in("S 100:110").out("R. * ack 111");
    }
  }

  @Test
  void dataForAClosedReaderIsAnsweredByReset() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.in("P. 1:101 ack 2").out("R 2");
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
      assertThat(t.count(StackCounter.ABORT_ON_DATA)).isEqualTo(1);
    }
  }

  @Test
  void aResetHasTimestampsWhereTheyAreInUse() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.write(100).drain();
      t.connection().abort();
      t.out("R. 101 ack 1 ts * 1001");
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
  void dataThatNobodyTakesBeforeAResetIsGivenBack() {
    try (Transcript t = new Transcript().established()) {
      t.app.take = 0;
      t.in("P. 1:101 ack 1").out(". 1 ack 101");
      t.in("R 101").nothing();
      assertThat(t.app.closed).isEqualTo(CloseCause.RESET_BY_PEER);
      assertThat(t.stack.liveResources()).isZero();
      assertThat(t.connection().receiveAvailable()).isZero();
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
  void abortInEveryStateOfClosing() {
    try (Transcript t = new Transcript().established()) {
      t.in("F. 1 ack 1").out(". 1 ack 2");
      t.connection().abort();
      t.out("R. 1 ack 2");
    }
    try (Transcript t = new Transcript().established()) {
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1");
      t.connection().abort();
      t.out("R. 2 ack 1");
    }
    try (Transcript t = new Transcript().established()) {
      t.connection().shutdownOutput();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.connection().abort();
      t.out("R. 2 ack 1");
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
  void aResetInCloseWaitMayHaveTheNumberOfTheFin() {
    try (Transcript t = new Transcript().established()) {
      t.in("F. 1 ack 1").out(". 1 ack 2");
      t.in("R 1");
      assertThat(t.app.closed).isEqualTo(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  void aResetMayStandBeyondAHoleThatSackTold() {
    try (Transcript t = new Transcript().establishedWithSack()) {
      t.in("P. 1001:2001 ack 1").out(". 1 ack 1 sack 1001-2001");
      t.in("R 2001");
      assertThat(t.app.closed).isEqualTo(CloseCause.RESET_BY_PEER);
      assertThat(t.stack.liveResources()).isZero();
    }
  }
}
