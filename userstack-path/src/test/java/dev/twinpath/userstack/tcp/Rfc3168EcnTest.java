package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** RFC 3168: explicit congestion notification. E is ECE, C is CWR; ecn 2 is ECT(0), 3 is CE. */
class Rfc3168EcnTest {
  private static Transcript open() {
    Transcript t = new Transcript().listen();
    t.in("SEC 0 mss 1460 sackOK ws 7");
    t.out("S.E 0 ack 1 sackOK ws * ecn 0");
    t.after(20);
    return t.in(". 1 ack 1 win 8000").nothing();
  }

  @Test
  void aSynThatAsksIsAgreedTo() {
    try (Transcript t = open()) {
      assertThat(t.info().ecn()).isTrue();
    }
  }

  @Test
  void aSynThatDoesNotAskIsNot() {
    try (Transcript t = new Transcript().established()) {
      assertThat(t.info().ecn()).isFalse();
      t.write(1000).out("P. 1:1001 ack 1 ecn 0");
    }
  }

  @Test
  void oneFlagAloneAsksForNothing() {
    for (String flags : new String[] {"SE", "SC"}) {
      try (Transcript t = new Transcript().listen()) {
        t.in(flags + " 0 mss 1460").out("S. 0 ack 1");
      }
    }
  }

  @Test
  void aSynThatIsMarkedItselfIsNotTrusted() {
    try (Transcript t = new Transcript().listen()) {
      t.in("SEC 0 mss 1460 ecn 2").out("S. 0 ack 1");
    }
  }

  @Test
  void switchedOffItIsNeverAgreedTo() {
    try (Transcript t = new Transcript(Transcript.config().ecn(StackConfig.ECN_OFF)).listen()) {
      t.in("SEC 0 mss 1460").out("S. 0 ack 1");
    }
  }

  @Test
  void theSynAckThatIsSentAgainStillAgrees() {
    try (Transcript t = new Transcript().listen()) {
      t.in("SEC 0 mss 1460").out("S.E 0 ack 1");
      t.after(1100).out("S.E 0 ack 1");
    }
  }

  @Test
  void onlyNewDataMayBeMarked() {
    try (Transcript t = open()) {
      t.write(1460).out("P. 1:1461 ack 1 ecn 2");
      t.after(230);
      t.out(". 1:1461 ack 1 ecn 0");
      t.drain();
      t.in(". 1 ack 1461 win 8000");
      t.in("P. 1:101 ack 1461 win 8000 ecn 2").after(50).out(". 1461 ack 101 ecn 0");
    }
  }

  @Test
  void aMarkIsToldUntilThePeerSaysThatItReduced() {
    try (Transcript t = open()) {
      t.in("P. 1:101 ack 1 win 8000 ecn 2").out(". 1 ack 101");
      t.in("P. 101:201 ack 1 win 8000 ecn 3").out(".E 1 ack 201");
      assertThat(t.count(StackCounter.ECN_MARKED_IN)).isEqualTo(1);
      t.in("P. 201:301 ack 1 win 8000 ecn 2").out(".E 1 ack 301");
      t.write(100).out("P.E 1:101 ack 301 ecn 2");
      t.in("P.C 301:401 ack 101 win 8000 ecn 2").out(". 101 ack 401");
      t.in("P. 401:501 ack 101 win 8000 ecn 2").after(50).out(". 101 ack 501");
    }
  }

  @Test
  void aMarkOnThePacketThatSaysSoIsTold() {
    try (Transcript t = open()) {
      t.in("P. 1:101 ack 1 win 8000 ecn 3").out(".E 1 ack 101");
      t.in("P.C 101:201 ack 1 win 8000 ecn 3").out(".E 1 ack 201");
    }
  }

  @Test
  void withoutAgreementMarksAreIgnored() {
    try (Transcript t = new Transcript().established()) {
      t.in("P. 1:101 ack 1 ecn 3").out(". 1 ack 101");
      t.write(14600).drain();
      t.in(".E 101 ack 14601");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.count(StackCounter.ECN_REDUCTIONS)).isZero();
    }
  }

  @Test
  void beingToldReducesTheWindowOncePerRoundTrip() {
    try (Transcript t = open()) {
      t.write(100_000);
      assertThat(t.drain()).isEqualTo(10);
      t.after(20);
      t.in(".E 1 ack 1461 win 8000");
      assertThat(t.info().recovery()).isEqualTo("cwr");
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      t.in(".E 1 ack 2921 win 8000").in(".E 1 ack 5841 win 8000");
      assertThat(t.count(StackCounter.ECN_REDUCTIONS)).isEqualTo(1);
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      t.drain();
      t.in(". 1 ack 14601 win 8000");
      assertThat(t.info().recovery()).as("CWR may not have arrived yet").isEqualTo("cwr");
      t.in(". 1 ack 16061 win 8000");
      assertThat(t.info().recovery()).isEqualTo("open");
      assertThat(t.info().congestionWindow()).isBetween(7300L, 8760L);
      assertThat(t.count(StackCounter.SEGMENTS_RETRANSMITTED)).isZero();
    }
  }

  @Test
  void theFirstNewDataAfterAReductionSaysSo() {
    try (Transcript t = open()) {
      t.write(100_000);
      t.drain();
      t.after(20);
      t.in(".E 1 ack 5841 win 8000");
      t.out(".C 14601:16061 ack 1 ecn 2");
      while (!t.wire.fromStack.isEmpty()) {
        Notation next = t.dissect(t.wire.fromStack.poll());
        assertThat(next.flags & 0x80).as("CWR only once").isZero();
      }
    }
  }

  @Test
  void aLossInTheSameRoundTripReducesNoFurther() {
    try (Transcript t = open()) {
      t.write(100_000);
      t.drain();
      t.after(20);
      t.in(".E 1 ack 1461 win 8000");
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
      t.in(".E 1 ack 1461 win 8000 sack 2921-8761");
      assertThat(t.info().recovery()).isEqualTo("recovery");
      assertThat(t.info().slowStartThreshold()).isEqualTo(7300);
    }
  }

  @Test
  void aLossSaysItToo() {
    try (Transcript t = open()) {
      t.write(14600 + 1460);
      assertThat(t.drain()).isEqualTo(10);
      t.after(20);
      t.in(". 1 ack 1 win 8000 sack 1461-14601");
      t.out(". 1:1461 ack 1 ecn 0");
      t.out("PC. 14601:16061 ack 1 ecn 2");
    }
  }

  @Test
  void aReductionForAMarkIsNeverTakenBack() {
    try (Transcript t = open()) {
      t.write(100_000);
      t.drain();
      t.after(20);
      t.in(".E 1 ack 1 win 8000 sack 1461-8761");
      assertThat(t.info().recovery()).isEqualTo("recovery");
      long threshold = t.info().slowStartThreshold();
      t.drain();
      t.in(". 1 ack 14601 win 8000 sack 1-1461");
      assertThat(t.info().slowStartThreshold()).isEqualTo(threshold);
      assertThat(t.count(StackCounter.SPURIOUS_RECOVERY_UNDONE)).isZero();
    }
  }

  @Test
  void anActiveOpenAsksIfItShall() {
    try (Transcript t = new Transcript(Transcript.config().ecn(StackConfig.ECN_REQUEST))) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("SEC 0 mss 1460 sackOK ts * * ws * ecn 0");
      t.in("S.E 0 ack 1 mss 1460 sackOK ws 7").out(". 1 ack 1");
      assertThat(t.info().ecn()).isTrue();
      t.write(100).out("P. 1:101 ack 1 ecn 2");
    }
  }

  @Test
  void aSynAckThatMirrorsBothFlagsAgreesToNothing() {
    try (Transcript t = new Transcript(Transcript.config().ecn(StackConfig.ECN_REQUEST))) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("SEC 0 mss 1460 sackOK ts * * ws *");
      t.in("S.EC 0 ack 1 mss 1460 sackOK ws 7").out(". 1 ack 1");
      assertThat(t.info().ecn()).isFalse();
    }
  }

  @Test
  void aSynThatIsSentAgainAsksNoMore() {
    try (Transcript t = new Transcript(Transcript.config().ecn(StackConfig.ECN_REQUEST))) {
      t.app.connection = t.stack.connect(0, 0, Transcript.PEER_ADDRESS, t.peerPort, t.app);
      t.out("SEC 0 mss 1460 sackOK ts * * ws *");
      t.after(1100).out("S 0 mss 1460 sackOK ts * * ws *");
      t.in("S.E 0 ack 1 mss 1460 sackOK ws 7").out(". 1 ack 1");
      assertThat(t.info().ecn()).isFalse();
    }
  }

  @Test
  void anUnknownModeIsRefused() {
    assertThatThrownBy(() -> StackConfig.builder().address("10.0.0.1/24").ecn(3).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ecn");
  }
}
