package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;

/**
 * TCP over IPv6 (RFC 8200): what differs from IPv4 is the header, the pseudo-header, the MSS, the
 * flow label and the errors; everything else has to be the same.
 */
class Rfc8200TcpOverIpv6Test {
  private static final String STACK = Family.IPV6.stack.toString();
  private static final String PEER = Family.IPV6.peer.toString();
  private static final int UNREACHABLE = 1;
  private static final int TOO_BIG = 2;

  private static Transcript script() {
    return script(Transcript.config());
  }

  private static Transcript script(StackConfig.Builder config) {
    return new Transcript(config, Family.IPV6);
  }

  /** An ICMPv6 error of the peer's that quotes a segment of ours with a sequence number. */
  private static byte[] error(Transcript t, int type, int code, int rest, long sequence) {
    byte[] segment =
        Frames.tcp(
            STACK,
            PEER,
            t.connection().localPort(),
            t.peerPort,
            t.stackSequence + (int) sequence,
            0,
            0x10,
            new byte[64]);
    byte[] quoted = Frames.ipv6(STACK, PEER, Frames.TCP, 64, segment);
    byte[] message = Frames.icmp6(PEER, STACK, type, code, rest, quoted);
    return Family.packet(Frames.ipv6(PEER, STACK, Frames.ICMP6, 64, message));
  }

  private static int flowLabel(byte[] frame) {
    return Frames.word(frame, Frames.IP) & 0xfffff;
  }

  @Test
  void aPassiveOpenAndDataBothWays() {
    try (Transcript t = script().listen()) {
      t.in("S 0 mss 1440 sackOK ts 10 0 ws 7").out("S. 0 ack 1 mss 1440 sackOK ts * 10 ws *");
      t.in(". 1 ack 1 win 8000 ts 11 1");
      assertThat(t.connection().localAddress()).isEqualTo(Family.IPV6.stack);
      assertThat(t.connection().remoteAddress()).isEqualTo(Family.IPV6.peer);
      t.in("P. 1:1001 ack 1 ts 12 1").out(". 1 ack 1001").received(1000);
      t.write(500).out("P. 1:501 ack 1001");
      t.in(". 1001 ack 501 ts 13 1").nothing();
      assertThat(t.connection().bytesAcked()).isEqualTo(500);
    }
  }

  @Test
  void anActiveOpenAsksForItsNeighbourFirst() {
    try (Transcript t = script().connect()) {
      assertThat(t.count(StackCounter.ND_SOLICITATIONS_OUT)).isEqualTo(1);
      t.out("S 0 win 64800 mss 1440 sackOK ts * 0 ws 7");
      t.in("S. 0 ack 1 mss 1440 sackOK ts 10 1 ws 7").out(". 1 ack 1 ts * 10");
      assertThat(t.app.connected).isTrue();
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void aNeighbourThatDoesNotAnswerMakesThePeerUnreachable() {
    try (Transcript t = script()) {
      t.answerArp = false;
      t.connect().after(3500);
      assertThat(t.drain()).as("solicitations").isEqualTo(3);
      assertThat(t.app.closed).isEqualTo(CloseCause.UNREACHABLE);
    }
  }

  @Test
  void aPeerWithoutMssOptionTakes1220Bytes() {
    try (Transcript t = script().listen()) {
      t.in("S 0").out("S. 0 ack 1 mss 1440").in(". 1 ack 1");
      t.write(2000).out(". 1:1221").out("P. 1221:2001");
    }
  }

  @Test
  void whatIsLongerThanTheMssIsCutByTheNic() {
    try (Transcript t = script().established()) {
      t.write(8000);
      for (int start = 1; start < 7200; start += 1440) {
        t.out(". " + start + ":" + (start + 1440));
      }
      t.out("P. 7201:8001");
      assertThat(t.count(StackCounter.PACKETS_OUT))
          .as("packets for five segments and a half")
          .isLessThan(5);
      t.in(". 1 ack 8001").nothing();
    }
  }

  @Test
  void aLostSegmentIsSentAgain() {
    try (Transcript t = script().establishedWithSack()) {
      t.write(2880).out(". 1:1441").out("P. 1441:2881");
      t.in(". 1 ack 1 sack 1441-2881 win 8000").after(20).out(". 1:1441");
      t.in(". 1 ack 2881 win 8000").nothing();
      assertThat(t.info().retransmittedSegments()).isEqualTo(1);
    }
  }

  @Test
  void theTimeoutIsTheSameAsOverIpv4() {
    try (Transcript t = script().established()) {
      t.write(100).out("P. 1:101");
      t.silence(190).after(20).out("P. 1:101");
      t.silence(390).after(20).out("P. 1:101");
      t.in(". 1 ack 101").nothing();
    }
  }

  @Test
  void aPortWithoutListenerAnswersByReset() {
    try (Transcript t = script()) {
      t.in("S 0 mss 1440").out("R. * ack 1");
      t.in(". 5 ack 700").out("R *");
      t.in("R 5").nothing();
      assertThat(t.count(StackCounter.NO_LISTENER)).isEqualTo(3);
    }
  }

  @Test
  void timeWaitAnswersAndEnds() {
    try (Transcript t = script().established()) {
      t.connection().close();
      t.out("F. 1 ack 1").in("F. 1 ack 2").out(". 2 ack 2");
      assertThat(t.stack.timeWaitCount()).isEqualTo(1);
      t.in("F. 1 ack 2").out(". 2 ack 2");
      t.after(61_000);
      assertThat(t.stack.timeWaitCount()).isZero();
    }
  }

  @Test
  void aPacketTooBigMessageShrinksTheSegments() {
    try (Transcript t = script().established()) {
      t.write(2880).out(". 1:1441").out("P. 1441:2881");
      t.raw(error(t, TOO_BIG, 0, 1280, 1));
      t.out(". 1:1221").out(". 1221:2441").out("P. 2441:2881");
      assertThat(t.info().mss()).isEqualTo(1220);
    }
  }

  @Test
  void noLinkIsNarrowerThan1280() {
    try (Transcript t = script().established()) {
      t.write(2880).out(". 1:1441").out("P. 1441:2881");
      t.raw(error(t, TOO_BIG, 0, 1279, 1)).nothing();
      t.raw(error(t, TOO_BIG, 0, 0, 1)).nothing();
      assertThat(t.info().mss()).isEqualTo(1440);
    }
  }

  @Test
  void aForgedPacketTooBigIsNotBelieved() {
    try (Transcript t = script().established()) {
      t.write(2880).out(". 1:1441").out("P. 1441:2881");
      t.raw(error(t, TOO_BIG, 0, 1280, 100_000)).nothing();
      assertThat(t.count(StackCounter.ICMP_OUT_OF_WINDOW)).isEqualTo(1);
      assertThat(t.info().mss()).isEqualTo(1440);
    }
  }

  @Test
  void anUnreachablePortRefusesOnlyWhoHasNoConnectionYet() {
    try (Transcript t = script().connect()) {
      t.out("S 0 sackOK ws *");
      t.raw(error(t, UNREACHABLE, 4, 0, 5));
      assertThat(t.app.closed).as("not our sequence number").isNull();
      t.raw(error(t, UNREACHABLE, 4, 0, 0));
      assertThat(t.app.closed).isEqualTo(CloseCause.REFUSED);
    }
    try (Transcript t = script().established()) {
      t.write(100).out("P. 1:101");
      t.raw(error(t, UNREACHABLE, 4, 0, 1));
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
    }
  }

  @Test
  void aListenerOnAnyAddressTakesBothVersions() {
    try (Transcript t = script().established()) {
      assertThat(t.listener.localAddress()).isEqualTo(IpAddress.ANY);
      byte[] syn = Frames.tcp("192.0.2.2", "192.0.2.1", 40000, 80, 7, 0, 2, new byte[0]);
      t.raw(
          Frames.ethernet(
              Transcript.STACK_MAC,
              Transcript.PEER_MAC,
              0x0800,
              Frames.ipv4("192.0.2.2", "192.0.2.1", Frames.TCP, 0, 0x4000, syn)));
      assertThat(t.stack.connectionCount()).as("the same ports over IPv4").isEqualTo(2);
      t.wire.fromStack.clear();
      t.in("P. 1:101 ack 1").received(100);
    }
  }

  @Test
  void aListenerOnOneAddressTakesThatOnly() {
    try (Transcript t = script()) {
      t.stack.listen(Family.IPV4.stack, 80, 16, c -> t.app);
      t.in("S 0 mss 1440").out("R. * ack 1");
      t.stack.listen(Family.IPV6.stack, 80, 16, c -> t.app);
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1440").out("S. 0 ack 1");
      assertThatThrownBy(() -> t.stack.listen(IpAddress.ANY, 80, 16, c -> t.app))
          .isInstanceOf(StackException.class);
    }
  }

  @Test
  void aConnectionKeepsItsFlowLabel() {
    try (Transcript t = script().listen()) {
      t.in("S 0 mss 1440");
      int label = flowLabel(t.wire.fromStack.peek());
      assertThat(label).isPositive();
      t.out("S. 0 ack 1").in(". 1 ack 1").write(100);
      assertThat(flowLabel(t.wire.fromStack.peek())).isEqualTo(label);
      t.out("P. 1:101");
      t.connection().close();
      t.out("F. 101").in("F. 1 ack 102");
      assertThat(flowLabel(t.wire.fromStack.peek())).isEqualTo(label);
      t.out(". 102 ack 2").in("F. 1 ack 102");
      assertThat(flowLabel(t.wire.fromStack.peek())).as("out of TIME_WAIT").isEqualTo(label);
      t.out(". 102 ack 2");
      t.peerPort++;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1440");
      assertThat(flowLabel(t.wire.fromStack.peek())).as("another flow").isNotEqualTo(label);
    }
  }

  @Test
  void initialSequenceNumbersDependOnAllOfTheAddress() {
    TransmissionControlBlock one = new Connection(null, 0, 0);
    one.remoteHigh = Family.IPV6.peer.high();
    one.remoteLow = Family.IPV6.peer.low();
    TransmissionControlBlock other = new Connection(null, 0, 0);
    other.remoteHigh = one.remoteHigh + 1;
    other.remoteLow = one.remoteLow;
    InitialSequence numbers = new InitialSequence(1, 2);
    assertThat(numbers.sequence(other, 5)).isNotEqualTo(numbers.sequence(one, 5));
    assertThat(numbers.timestampOffset(other)).isNotEqualTo(numbers.timestampOffset(one));
  }

  @Test
  void congestionMarksStandInTheTrafficClass() {
    try (Transcript t = script().listen()) {
      t.in("SEC 0 mss 1440").out("SE. 0 ack 1 ecn 0").in(". 1 ack 1");
      t.write(100).out("P. 1:101 ecn 2");
      t.in("P. 1:101 ack 101 ecn 3").after(50).out("E. 101 ack 101");
      assertThat(t.count(StackCounter.ECN_MARKED_IN)).isEqualTo(1);
    }
  }

  @Test
  void aFloodOfSynsIsAnsweredByCookies() {
    StackConfig.Builder config = Transcript.config().maxSynBacklog(1);
    try (Transcript t = script(config).listen()) {
      t.peerPort = 39_999;
      t.in("S 0 mss 1440").out("S. 0 ack 1");
      t.peerPort = 40_000;
      t.stackSequenceKnown = false;
      t.in("S 0 mss 1430").out("S. 0 ack 1 mss 1440");
      assertThat(t.count(StackCounter.SYN_COOKIES_SENT)).isEqualTo(1);
      t.in(". 1 ack 1");
      assertThat(t.count(StackCounter.SYN_COOKIES_RECEIVED)).isEqualTo(1);
      assertThat(t.info().mss()).as("the next size that a cookie can hold").isEqualTo(1420);
    }
  }

  @Test
  void anAddressWithoutARouteOrOfTheOtherVersionCannotBeReached() {
    try (Transcript t = script()) {
      for (String remote : new String[] {"2001:db9::1", "ff02::1", "::", STACK}) {
        assertThatThrownBy(
                () -> t.stack.connect(IpAddress.ANY, 0, IpAddress.parse(remote), 1, t.app))
            .as(remote)
            .isInstanceOf(StackException.class);
      }
      assertThatThrownBy(() -> t.stack.connect(Family.IPV4.stack, 0, Family.IPV6.peer, 1, t.app))
          .isInstanceOf(StackException.class);
    }
    try (Transcript t = new Transcript()) {
      assertThatThrownBy(() -> t.stack.connect(IpAddress.ANY, 0, Family.IPV6.peer, 1, t.app))
          .isInstanceOf(StackException.class)
          .hasMessageContaining("IP version");
    }
  }
}
