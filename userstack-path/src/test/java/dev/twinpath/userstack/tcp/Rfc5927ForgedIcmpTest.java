package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP and ICMPv6 errors that may be forged (RFC 5927): what connections believe of them. */
class Rfc5927ForgedIcmpTest {
  private static final String ROUTER4 = "203.0.113.9";
  private static final String ROUTER6 = "2001:db8:77::9";

  private static Transcript transcript(Family family) {
    return new Transcript(Transcript.config(), family);
  }

  /** An error that quotes so many bytes of a segment; {@code sequence} counts from the SYN. */
  private static byte[] error(
      Transcript t, int type, int code, int rest, String source, long sequence, int length) {
    boolean v4 = t.family == Family.IPV4;
    byte[] segment =
        Frames.join(
            Frames.half(t.stackPort),
            Frames.half(t.peerPort),
            Frames.word(t.stackSequence + (int) sequence),
            new byte[12]);
    segment = java.util.Arrays.copyOf(segment, length);
    String peer = t.family.peer.toString();
    String stack = t.family.stack.toString();
    if (v4) {
      byte[] quoted = Frames.ipv4(source, peer, Frames.TCP, 0, 0x4000, segment);
      byte[] message = Frames.icmp(type, code, rest, quoted);
      return Frames.ethernet(
          Transcript.STACK_MAC,
          Transcript.PEER_MAC,
          0x0800,
          Frames.ipv4(ROUTER4, stack, Frames.ICMP, 1, 0, message));
    }
    byte[] quoted = Frames.ipv6(source, peer, Frames.TCP, 64, segment);
    byte[] message = Frames.icmp6(ROUTER6, stack, type, code, rest, quoted);
    return Family.packet(Frames.ipv6(ROUTER6, stack, Frames.ICMP6, 64, message));
  }

  private static byte[] tooBig(Transcript t, int mtu, long sequence) {
    boolean v4 = t.family == Family.IPV4;
    String source = t.family.stack.toString();
    return error(t, v4 ? 3 : 2, v4 ? 4 : 0, mtu, source, sequence, 8);
  }

  private static byte[] portUnreachable(Transcript t, long sequence) {
    boolean v4 = t.family == Family.IPV4;
    return error(t, v4 ? 3 : 1, v4 ? 3 : 4, 0, t.family.stack.toString(), sequence, 8);
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void tooBigIsBelievedOfWhatIsOutstanding(Family family) {
    try (Transcript t = transcript(family).established()) {
      int mss = t.info().mss();
      t.write(2 * mss).drain();
      for (long sequence : new long[] {0, -5, 2L * mss + 1, 1 << 20}) {
        t.raw(tooBig(t, 1300, sequence));
      }
      assertThat(t.count(StackCounter.ICMP_OUT_OF_WINDOW)).isEqualTo(4);
      assertThat(t.info().mss()).isEqualTo(mss);
      t.raw(tooBig(t, 1300, 1));
      assertThat(t.info().mss()).isEqualTo(1300 - family.header - 20);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void anAbsurdMtuDoesNotStopAConnection(Family family) {
    try (Transcript t = transcript(family).established()) {
      int mss = t.info().mss();
      t.write(2 * mss).drain();
      t.raw(tooBig(t, 20, 1));
      int least = family == Family.IPV4 ? 552 - 40 : mss;
      assertThat(t.info().mss()).isEqualTo(least);
      t.raw(tooBig(t, 9000, 1));
      assertThat(t.info().mss()).as("never grows by it").isEqualTo(least);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void hardErrorsDoNotEndAConnection(Family family) {
    try (Transcript t = transcript(family).established()) {
      t.write(1000).drain();
      t.raw(portUnreachable(t, 1));
      assertThat(t.connection().state()).isEqualTo(TcpState.ESTABLISHED);
      assertThat(t.app.closed).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void anOpenIsRefusedByAnErrorAboutItsSynAlone(Family family) {
    try (Transcript t = transcript(family)) {
      t.app.connection =
          t.stack.connect(
              dev.twinpath.userstack.ip.IpAddress.ANY, 0, family.peer, t.peerPort, t.app);
      t.out("S 0 sackOK ws *");
      t.raw(portUnreachable(t, 5));
      assertThat(t.app.closed).isNull();
      assertThat(t.count(StackCounter.ICMP_OUT_OF_WINDOW)).isEqualTo(1);
      t.raw(portUnreachable(t, 0));
      assertThat(t.app.closed).isEqualTo(CloseCause.REFUSED);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void whatOthersSentIsNoneOfOurs(Family family) {
    try (Transcript t = transcript(family).established()) {
      t.write(1000).drain();
      String other = family == Family.IPV4 ? "192.0.2.77" : "2001:db8::77";
      boolean v4 = family == Family.IPV4;
      t.raw(error(t, v4 ? 3 : 2, v4 ? 4 : 0, 600, other, 1, 8));
      assertThat(t.count(StackCounter.ICMP_NOT_OURS)).isEqualTo(1);
      t.peerPort++;
      t.raw(tooBig(t, 600, 1));
      t.peerPort--;
      assertThat(t.info().mss()).isEqualTo(family.mss());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7})
  void aQuoteThatIsTooShortSaysNothing(int length) {
    for (Family family : Family.values()) {
      try (Transcript t = transcript(family).established()) {
        t.write(1000).drain();
        boolean v4 = family == Family.IPV4;
        String source = family.stack.toString();
        long before = t.count(v4 ? StackCounter.ICMP_ERRORS : StackCounter.ICMP6_ERRORS);
        t.raw(error(t, v4 ? 3 : 2, v4 ? 4 : 0, 1300, source, 1, length));
        assertThat(t.count(v4 ? StackCounter.ICMP_ERRORS : StackCounter.ICMP6_ERRORS))
            .isEqualTo(before + 1);
        assertThat(t.info().mss()).isEqualTo(family.mss());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void whatOneConnectionLearntTheNextBeginsWith(Family family) {
    try (Transcript t = transcript(family).established()) {
      t.write(2000).drain();
      t.raw(tooBig(t, 1300, 1));
      t.drain();
      long high = family.peer.high();
      long low = family.peer.low();
      assertThat(t.stack.ip().pathMtu().get(high, low, t.now)).isEqualTo(1300);
      t.after(601_000);
      assertThat(t.stack.ip().pathMtu().get(high, low, t.now)).isEqualTo(1500);
    }
  }

  @Test
  void redirectsAndSourceQuenchAreIgnored() {
    try (Transcript t = transcript(Family.IPV4).established()) {
      t.write(2000).drain();
      t.raw(error(t, 5, 1, 0xc0000263, "192.0.2.1", 1, 8));
      t.raw(error(t, 4, 0, 0, "192.0.2.1", 1, 8));
      assertThat(t.count(StackCounter.ICMP_IGNORED)).isEqualTo(2);
      assertThat(t.stack.ip().routes().nextHop(Transcript.PEER_ADDRESS))
          .isEqualTo(Transcript.PEER_ADDRESS);
    }
  }
}
