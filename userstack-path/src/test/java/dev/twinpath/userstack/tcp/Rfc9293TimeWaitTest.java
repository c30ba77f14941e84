package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/**
 * TIME_WAIT, and FIN_WAIT_2 without an owner: RFC 9293 sections 3.6.1 and 3.10.7.4, as Linux has
 * them.
 */
class Rfc9293TimeWaitTest {
  @Test
  void timeWaitAnswersARepeatedFinAndStartsAnew() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.after(50_000).in("F. 1 ack 2").out(". 2 ack 2");
      t.after(50_000);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void aBareAckOfTheExactNumberIsSilentAndStartsAnew() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.after(50_000).in(". 2 ack 2").nothing();
      t.after(50_000);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.after(10_100);
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void emptySegmentsInTimeWaitAreAnsweredTwiceASecond() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      for (int i = 0; i < 5; i++) {
        t.in(". 500 ack 2");
      }
      assertThat(t.drain()).isEqualTo(1);
      assertThat(t.count(StackCounter.ACKS_SKIPPED_TIME_WAIT)).isEqualTo(4);
      t.after(501).in(". 500 ack 2").out(". 2 ack 2");
    }
  }

  @Test
  void anOrphanInFinWait2TimesOut() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.silence(59_900);
      assertThat(t.stack.counters().connections(TcpState.FIN_WAIT_2)).isEqualTo(1);
      assertThat(t.stack.connectionCount()).as("without a control block").isZero();
      assertThat(t.app.closed).isEqualTo(CloseCause.NORMAL);
      t.after(200);
      assertThat(t.stack.counters().connections(TcpState.FIN_WAIT_2)).isZero();
      assertThat(t.count(StackCounter.FIN_WAIT_2_TIMEOUTS)).isEqualTo(1);
      t.in("F. 1 ack 2").out("R 2");
    }
  }

  @Test
  void aFinOfAnOrphanBeginsTimeWait() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.after(50_000).in("F. 1 ack 2").out(". 2 ack 2");
      assertThat(t.stack.counters().connections(TcpState.TIME_WAIT)).isEqualTo(1);
      t.silence(59_900);
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.silence(200);
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void anOrphanInFinWait2AnswersWhatIsOutsideTheWindowTwiceASecond() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.in(". 3000000 ack 2").out(". 2 ack 1");
      t.in(". 3000000 ack 2").nothing();
      assertThat(t.count(StackCounter.ACKS_SKIPPED_FIN_WAIT_2)).isEqualTo(1);
      t.after(501).in(". 3000000 ack 2").out(". 2 ack 1");
      t.in(". 1 ack 2").nothing();
      t.in("R 1").nothing();
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void aSynForAnOrphanInFinWait2IsRefused() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in(". 1 ack 2");
      t.in("S 5 mss 1460").out("R. * ack 6");
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void theNicKeepsTheFlowAsLongAsTimeWait() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      assertThat(t.nic.queuePair(0).flowTable().size()).isEqualTo(1);
      t.after(60_100);
      assertThat(t.nic.queuePair(0).flowTable().size()).isZero();
    }
  }

  @Test
  void aFullTableOfTheNicTakesFlowsOfTimeWait() {
    try (Transcript t = new Transcript(Transcript.config(), 1)) {
      t.established();
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.peerPort++;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      assertThat(t.stack.timeWaitCount()).isZero();
      assertThat(t.count(StackCounter.TIME_WAIT_OVERFLOW)).isEqualTo(1);
    }
  }

  @Test
  void closingTheShardGivesTheFlowsBack() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.stack.close();
      assertThat(t.nic.queuePair(0).flowTable().size()).isZero();
    }
  }
}
