package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/**
 * Opening connections: RFC 9293 section 3.5, options of RFC 7323 and 2018, queues of a listener.
 */
class Rfc9293HandshakeTest {
  @Test
  void aPassiveOpenAgreesOnWhatBothOffer() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 29200 mss 1400 sackOK ts 77 0 ws 7");
      t.out("S. 0 ack 1 win 65160 mss 1460 sackOK ts * 77 ws 7");
      assertThat(t.app.connection).as("not accepted yet").isNull();
      t.in(". 1 ack 1 win 229 ts 78 1");
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
      assertThat(t.info().mss()).isEqualTo(1400 - 12);
      assertThat(t.info().sendWindow()).isEqualTo(229 << 7);
      assertThat(t.info().sack()).isTrue();
      assertThat(t.info().congestionWindow()).as("RFC 6928").isEqualTo(10 * 1388);
      t.nothing();
    }
  }

  @Test
  void nothingIsUsedThatThePeerDidNotOffer() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0");
      t.out("S. 0 ack 1 mss 1460");
      t.in(". 1 ack 1 win 1000");
      assertThat(t.info().mss()).as("RFC 9293 section 3.7.1: 536").isEqualTo(536);
      assertThat(t.info().timestamps()).isFalse();
      assertThat(t.info().sendWindowScale()).isEqualTo(-1);
    }
  }

  @Test
  void configurationCanSwitchOptionsOff() {
    try (Transcript t =
        new Transcript(Transcript.config().timestamps(false).sack(false).windowScaling(false))
            .listen()) {
      t.in("S 0 mss 1460 sackOK ts 5 0 ws 7");
      t.out("S. 0 ack 1 mss 1460");
    }
  }

  @Test
  void aTinyMssIsRaised() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1");
      t.out("S. 0 ack 1");
      t.in(". 1 ack 1");
      assertThat(t.info().mss()).isEqualTo(48);
    }
  }

  @Test
  void anUnansweredSynAckIsSentAgainWithBackoffAndThenForgotten() {
    try (Transcript t = new Transcript(Transcript.config().synAckRetries(2)).listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.silence(990).after(20).out("S. 0 ack 1");
      t.silence(1980).after(30).out("S. 0 ack 1");
      t.silence(3980).after(100).nothing();
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.count(StackCounter.ATTEMPT_FAILS)).isEqualTo(1);
      assertThat(t.stack.counters().connections(TcpState.SYN_RECEIVED)).isZero();
    }
  }

  @Test
  void aRepeatedSynGetsTheSameAnswer() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in("S 0 mss 1460").out("S. 0 ack 1").nothing();
      t.in("S 0 mss 1460").nothing();
      assertThat(t.count(StackCounter.ACKS_SKIPPED_SYN_RECEIVED)).as("two a second").isEqualTo(1);
      t.after(501).in("S 0 mss 1460").out("S. 0 ack 1").nothing();
      t.in(". 1 ack 1");
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void dataWithTheHandshakesAckIsDelivered() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in("P. 1:101 ack 1").received(100);
      t.out(". 1 ack 101");
    }
  }

  @Test
  void dataBeforeTheAckOfTheHandshakeIsDelivered() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.inTogether("P. 1:101 ack 1", ". 1 ack 1", "P. 101:201 ack 1").received(200);
    }
  }

  @Test
  void aWrongAckInSynReceivedIsAnsweredByReset() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in(". 1 ack 500").out("R 500");
      t.in(". 1 ack 1");
      assertThat(t.connection()).isNotNull();
    }
  }

  @Test
  void aResetInSynReceivedEndsTheAttemptSilently() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.in("R 1").silence(10_000);
      assertThat(t.stack.connectionCount()).isZero();
      assertThat(t.listener.synQueueLength()).isZero();
    }
  }

  @Test
  void anActiveOpen() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 win 64240 mss 1460 sackOK ts * 0 ws 7");
      assertThat(t.app.connected).isFalse();
      t.in("S. 0 ack 1 mss 1460 sackOK ts 10 1 ws 7");
      t.out(". 1 ack 1 ts * 10");
      assertThat(t.app.connected).isTrue();
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void optionsOfTheirSynAckDecide() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.in("S. 0 ack 1 mss 1000").out(". 1 ack 1");
      assertThat(t.info().mss()).isEqualTo(1000);
      assertThat(t.info().sack()).isFalse();
      assertThat(t.info().sendWindowScale()).isEqualTo(-1);
    }
  }

  @Test
  void anActiveOpenThatIsRefused() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.in("R. 0 ack 1");
      assertThat(t.app.closed).isEqualTo(CloseCause.REFUSED);
    }
  }

  @Test
  void aResetWithoutTheRightAckDoesNotRefuse() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.in("R 0");
      t.in("R. 0 ack 2");
      assertThat(t.app.closed).isNull();
    }
  }

  @Test
  void aWrongAckInSynSentIsAnsweredByReset() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.in("S. 0 ack 2").out("R 2");
      t.in(". 0 ack 0").out("R 0");
      assertThat(t.app.closed).isNull();
      t.in("S. 0 ack 1 mss 1460").out(". 1 ack 1");
      assertThat(t.app.connected).isTrue();
    }
  }

  @Test
  void anAckWithoutSynInSynSentIsIgnored() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.in(". 0 ack 1").nothing();
      t.in("P. 1:11 ack 1").nothing();
      assertThat(t.app.connected).isFalse();
    }
  }

  @Test
  void aLostAckOfTheirSynAckIsSentAgain() {
    try (Transcript t = new Transcript()) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.in("S. 0 ack 1 mss 1460").out(". 1 ack 1");
      t.after(1000).in("S. 0 ack 1 mss 1460").out(". 1 ack 1");
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void synsAreSentAgainWithBackoffUntilTheAttemptFails() {
    try (Transcript t = new Transcript(Transcript.config().synRetries(2))) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.silence(990).after(20).out("S 0 sackOK ws *");
      t.silence(1970).after(40).out("S 0 sackOK ws *");
      t.after(4100).nothing();
      assertThat(t.app.closed).isEqualTo(CloseCause.TIMED_OUT);
    }
  }

  @Test
  void aNextHopThatDoesNotAnswerMakesThePeerUnreachable() {
    try (Transcript t = new Transcript()) {
      t.answerArp = false;
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.after(3500);
      assertThat(t.drain()).as("ARP requests").isEqualTo(3);
      assertThat(t.app.closed).isEqualTo(CloseCause.UNREACHABLE);
    }
  }

  @Test
  void aPortWithoutListenerAnswersByReset() {
    try (Transcript t = new Transcript()) {
      t.in("S 0 mss 1460").out("R. * ack 1");
      t.in(". 5 ack 700").out("R *");
      t.in("R 5").nothing();
      assertThat(t.count(StackCounter.NO_LISTENER)).isEqualTo(3);
      assertThat(t.count(StackCounter.RESETS_OUT)).isEqualTo(2);
    }
  }

  @Test
  void synWithFinOrNothingAtAllMakesNoConnection() {
    try (Transcript t = new Transcript().listen()) {
      t.in("SF 0 mss 1460").nothing();
      t.in("P 0").nothing();
      assertThat(t.stack.connectionCount()).isZero();
    }
  }

  @Test
  void theAcceptQueueIsBoundedAndItsOverflowCounted() {
    try (Transcript t = new Transcript().listen(1)) {
      t.listener.accepting(false);
      int[] sequences = new int[3];
      for (int i = 0; i < 3; i++) {
        t.peerPort = 40000 + i;
        t.stackSequenceKnown = false;
        t.in("S 0 mss 1460").out("S. 0 ack 1");
        sequences[i] = t.stackSequence;
      }
      for (int i = 0; i < 3; i++) {
        t.peerPort = 40000 + i;
        t.stackSequence = sequences[i];
        t.in(". 1 ack 1");
      }
      assertThat(t.listener.acceptQueueLength()).isEqualTo(2);
      assertThat(t.count(StackCounter.LISTEN_OVERFLOWS)).isEqualTo(1);
      t.peerPort = 41000;
      t.in("S 0 mss 1460").nothing();
      assertThat(t.count(StackCounter.LISTEN_OVERFLOWS)).isEqualTo(2);
      t.listener.accepting(true);
      assertThat(t.listener.acceptQueueLength()).isZero();
      t.peerPort = 40002;
      t.in(". 1 ack 1");
      assertThat(t.stack.counters().connections(TcpState.ESTABLISHED)).isEqualTo(3);
    }
  }

  @Test
  void aListenerThatClosesResetsItsHandshakes() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.listener.close();
      t.out("R. 1 ack 1");
      assertThat(t.stack.connectionCount()).isZero();
      t.in("S 0 mss 1460").out("R. * ack 1");
    }
  }
}
