package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackException;
import org.junit.jupiter.api.Test;

/** A new connection in place of one in TIME_WAIT: RFC 6191, RFC 9293 section 3.6.1. */
class Rfc6191TimeWaitReuseTest {
  private static void connectFrom5000(Transcript t) {
    t.app.connection = t.stack.connect(0, 5000, Transcript.PEER_ADDRESS, t.peerPort, t.app);
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
  void theNewConnectionBeginsBeyondTheOld() {
    try (Transcript t = new Transcript().established()) {
      t.write(1000).drain();
      t.in(". 1 ack 1001");
      t.connection().close();
      t.out("F. 1001").in("F. 1 ack 1002").out(". 1002 ack 2");
      t.in("S 100000 mss 1460").out("S. 66539 ack 100001");
    }
  }

  @Test
  void anOlderTimestampDoesNotReuse() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2 ts 1005 1").out(". 2 ack 2");
      t.in("S 100000 mss 1460 ts 1004 0").out(". 2 ack 2 ts * 1005");
      assertThat(t.count(StackCounter.PAWS_DROPS)).isEqualTo(1);
    }
  }

  @Test
  void anEqualTimestampNeedsAHigherSequenceNumber() {
    try (Transcript t = new Transcript().establishedWithTimestamps()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2 ts 1005 1").out(". 2 ack 2");
      t.in("S 1 mss 1460 ts 1005 0").out(". 2 ack 2");
      t.stackSequenceKnown = false;
      t.in("S 3 mss 1460 ts 1005 0").out("S. 0 ack 4 ts * 1005");
    }
  }

  @Test
  void withoutAListenerTimeWaitIsNotReused() {
    try (Transcript t = new Transcript().established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.listener.close();
      t.in("S 100000 mss 1460").out(". 2 ack 2");
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
    }
  }

  @Test
  void aReuseIsNotAnsweredByCookie() {
    try (Transcript t = new Transcript(Transcript.config().synCookies(2)).established()) {
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.in("S 100000 mss 1460").out("S. 65539 ack 100001");
      assertThat(t.stack.connectionCount()).isEqualTo(1);
      assertThat(t.count(StackCounter.SYN_COOKIES_SENT)).as("that of the first").isEqualTo(1);
    }
  }

  @Test
  void anActiveOpenDoesNotReuseByDefault() {
    try (Transcript t = new Transcript()) {
      connectFrom5000(t);
      t.out("S 0 sackOK ts * 0 ws *");
      t.in("S. 0 ack 1 mss 1460 sackOK ts 10 1 ws 7").out(". 1 ack 1");
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2 ts 11 1").out(". 2 ack 2");
      t.after(5_000);
      assertThatThrownBy(() -> connectFrom5000(t)).isInstanceOf(StackException.class);
    }
  }

  @Test
  void anActiveOpenMayReuseAfterASecond() {
    try (Transcript t = new Transcript(Transcript.config().timeWaitReuse(1))) {
      connectFrom5000(t);
      t.out("S 0 sackOK ts * 0 ws *");
      t.in("S. 0 ack 1 mss 1460 sackOK ts 10 1 ws 7").out(". 1 ack 1");
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2 ts 11 1").out(". 2 ack 2");
      assertThatThrownBy(() -> connectFrom5000(t)).isInstanceOf(StackException.class);
      t.after(1_001);
      connectFrom5000(t);
      t.out("S 65539 sackOK ts * 0 ws *");
      assertThat(t.stack.timeWaitCount()).isZero();
      assertThat(t.count(StackCounter.TIME_WAIT_RECYCLED)).isEqualTo(1);
    }
  }

  @Test
  void withoutTimestampsAnActiveOpenNeverReuses() {
    try (Transcript t = new Transcript(Transcript.config().timeWaitReuse(1))) {
      connectFrom5000(t);
      t.out("S 0 sackOK ts * 0 ws *");
      t.in("S. 0 ack 1 mss 1460").out(". 1 ack 1");
      t.connection().close();
      t.out("F. 1").in("F. 1 ack 2").out(". 2 ack 2");
      t.after(30_000);
      assertThatThrownBy(() -> connectFrom5000(t)).isInstanceOf(StackException.class);
    }
  }
}
