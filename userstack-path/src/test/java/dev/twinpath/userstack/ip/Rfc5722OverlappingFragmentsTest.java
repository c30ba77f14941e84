package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.PEER6;
import static dev.twinpath.userstack.ip.IpScript.STACK6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Overlapping fragments (RFC 5722, RFC 8200 section 4.5) of both versions, IPv6 reassembly and
 * atomic fragments (RFC 6946).
 */
class Rfc5722OverlappingFragmentsTest {
  private static final int LENGTH = 3000;

  private static byte[] datagram6() {
    return Frames.udp(PEER6, STACK6, 9, 53, Frames.pattern(LENGTH));
  }

  private static byte[] piece6(byte[] whole, int id, int from, int to) {
    byte[] part = Arrays.copyOfRange(whole, from, Math.min(to, whole.length));
    return Frames.ipv6(
        PEER6,
        STACK6,
        Frames.FRAGMENT,
        64,
        Frames.fragment(Frames.UDP, from, to < whole.length, id, part));
  }

  private static void in(IpScript s, boolean v4, int id, int from, int to) {
    if (v4) {
      s.in4(Rfc791ReassemblyTest.piece(Rfc791ReassemblyTest.datagram(LENGTH), id, from, to));
    } else {
      s.in6(piece6(datagram6(), id, from, to));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "true,992,2000", "true,0,1008", "true,8,1992", "true,1992,3008",
    "false,992,2000", "false,0,1008", "false,8,1992", "false,1992,3008"
  })
  void anOverlapGivesTheDatagramUp(boolean v4, int from, int to) {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      boolean low = from < 1000;
      in(s, v4, 1, low ? 0 : 1000, low ? 1000 : 2000);
      in(s, v4, 1, from, to);
      StackCounter overlaps = v4 ? StackCounter.IP_REASM_OVERLAPS : StackCounter.IP6_REASM_OVERLAPS;
      assertThat(s.count(overlaps)).isEqualTo(1);
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      // What comes later of it is thrown away too.
      in(s, v4, 1, 0, 1000);
      in(s, v4, 1, 1000, 2000);
      in(s, v4, 1, 2000, 3008);
      assertThat(got).isEmpty();
      // Until its time is over.
      s.after(61_000);
      s.drain();
      in(s, v4, 1, 0, 1000);
      in(s, v4, 1, 1000, 2000);
      in(s, v4, 1, 2000, 3008);
      assertThat(got).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aCopyIsIgnored(boolean v4) {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      in(s, v4, 1, 0, 1000);
      in(s, v4, 1, 0, 1000);
      in(s, v4, 1, 2000, 3008);
      in(s, v4, 1, 2000, 3008);
      in(s, v4, 1, 1000, 2000);
      assertThat(got).hasSize(1);
      assertThat(got.get(0)).isEqualTo(Frames.pattern(LENGTH));
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void theFirstToComeStaysWhenACopyDiffers(boolean v4) {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      in(s, v4, 1, 1000, 2000);
      byte[] forged = v4 ? Rfc791ReassemblyTest.datagram(LENGTH) : datagram6();
      Arrays.fill(forged, 1000, 2000, (byte) 1);
      if (v4) {
        s.in4(Rfc791ReassemblyTest.piece(forged, 1, 1000, 2000));
      } else {
        s.in6(piece6(forged, 1, 1000, 2000));
      }
      in(s, v4, 1, 0, 1000);
      in(s, v4, 1, 2000, 3008);
      assertThat(got.get(0)).isEqualTo(Frames.pattern(LENGTH));
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void twoEndsGiveTheDatagramUp(boolean v4) {
    try (IpScript s = IpScript.v6()) {
      byte[] shorter =
          Arrays.copyOf(v4 ? Rfc791ReassemblyTest.datagram(LENGTH) : datagram6(), 2500);
      in(s, v4, 1, 2000, 3008);
      if (v4) {
        s.in4(Rfc791ReassemblyTest.piece(shorter, 1, 1000, 2500));
      } else {
        s.in6(piece6(shorter, 1, 1000, 2500));
      }
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
    }
  }

  // --- IPv6 (RFC 8200 section 4.5)

  @Test
  void ipv6FragmentsAreOneDatagram() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      in(s, false, 5, 1000, 2000);
      in(s, false, 5, 2000, 3008);
      in(s, false, 5, 0, 1000);
      assertThat(got).hasSize(1);
      assertThat(got.get(0)).isEqualTo(Frames.pattern(LENGTH));
      assertThat(s.count(StackCounter.IP6_REASM_OKS)).isEqualTo(1);
      assertThat(s.count(StackCounter.IP6_REASM_REQUESTS)).isEqualTo(3);
    }
  }

  @Test
  void headersInFrontOfTheFragmentHeaderStay() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] whole = datagram6();
      for (int at = 0; at < whole.length; at += 1000) {
        byte[] part = Arrays.copyOfRange(whole, at, Math.min(whole.length, at + 1000));
        byte[] fragment = Frames.fragment(Frames.UDP, at, at + 1000 < whole.length, 3, part);
        byte[] options = Frames.options(Frames.FRAGMENT, Frames.bytes(1, 4, 0, 0, 0, 0));
        s.in6(Frames.ipv6(PEER6, STACK6, Frames.HOP_BY_HOP, 64, Frames.join(options, fragment)));
      }
      assertThat(got).hasSize(1);
    }
  }

  @Test
  void afterSixtySecondsTheSenderIsTold() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] first = piece6(datagram6(), 1, 0, 1000);
      s.in6(first).after(59_900).nothing();
      s.after(200);
      byte[] answer = s.outPacket();
      assertThat(answer[40]).as("time exceeded").isEqualTo((byte) 3);
      assertThat(answer[41]).as("in reassembly").isEqualTo((byte) 1);
      assertThat(Arrays.copyOfRange(answer, 48, 48 + 1000)).isEqualTo(Arrays.copyOf(first, 1000));
    }
  }

  @Test
  void aPieceOfOddLengthIsAParameterProblem() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] odd = Frames.fragment(Frames.UDP, 0, true, 1, new byte[1001]);
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.FRAGMENT, 64, odd));
      byte[] answer = s.outPacket();
      assertThat(Arrays.copyOfRange(answer, 40, 42)).isEqualTo(Frames.bytes(4, 0));
      assertThat(Frames.word(answer, 44)).as("the payload length").isEqualTo(4);
    }
  }

  @Test
  void aPieceBeyondTheLongestPacketIsAParameterProblem() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] far = Frames.fragment(Frames.UDP, 65528, false, 1, new byte[8]);
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.FRAGMENT, 64, far));
      byte[] answer = s.outPacket();
      assertThat(Arrays.copyOfRange(answer, 40, 42)).isEqualTo(Frames.bytes(4, 0));
      assertThat(Frames.word(answer, 44)).as("the fragment's offset").isEqualTo(42);
    }
  }

  @Test
  void aFirstFragmentWithoutAllHeadersIsAParameterProblem() {
    // RFC 7112.
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] cut =
          Frames.fragment(Frames.DESTINATION, 0, true, 1, Frames.bytes(17, 5, 1, 4, 0, 0, 0, 0));
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.FRAGMENT, 64, cut));
      byte[] answer = s.outPacket();
      assertThat(Arrays.copyOfRange(answer, 40, 42)).isEqualTo(Frames.bytes(4, 3));
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
    }
  }

  @Test
  void anAtomicFragmentIsWholeAndTouchesNoOther() {
    // RFC 6946.
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      in(s, false, 1, 0, 1000);
      byte[] small = Frames.udp(PEER6, STACK6, 9, 53, Frames.pattern(10));
      byte[] atomic = Frames.fragment(Frames.UDP, 0, false, 1, small);
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.FRAGMENT, 64, atomic));
      assertThat(got).containsExactly(Frames.pattern(10));
      assertThat(s.count(StackCounter.IP6_REASM_REQUESTS)).isEqualTo(1);
      in(s, false, 1, 1000, 2000);
      in(s, false, 1, 2000, 3008);
      assertThat(got).hasSize(2);
    }
  }

  @Test
  void aFragmentInAFragmentIsRefused() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] small = Frames.udp(PEER6, STACK6, 9, 53, Frames.pattern(10));
      byte[] inner = Frames.fragment(Frames.UDP, 0, false, 1, small);
      byte[] outer = Frames.fragment(Frames.FRAGMENT, 0, false, 1, inner);
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.FRAGMENT, 64, outer)).nothing();
      assertThat(got).isEmpty();
      assertThat(s.count(StackCounter.IP6_HEADER_ERRORS)).isEqualTo(1);
    }
  }
}
