package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.PEER;
import static dev.twinpath.userstack.ip.IpScript.STACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackCounter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fragments of IPv4 datagrams (RFC 791, RFC 815, RFC 1122 section 3.3.2). */
class Rfc791ReassemblyTest {
  private static final int MORE = 0x2000;

  static byte[] datagram(int length) {
    return Frames.udp(PEER, STACK, 9, 53, Frames.pattern(length));
  }

  static byte[] piece(byte[] whole, int id, int from, int to) {
    return piece(PEER, whole, id, from, to);
  }

  static byte[] piece(String source, byte[] whole, int id, int from, int to) {
    int flags = from >> 3 | (to < whole.length ? MORE : 0);
    byte[] part = Arrays.copyOfRange(whole, from, Math.min(to, whole.length));
    return Frames.ipv4(source, STACK, Frames.UDP, id, flags, part);
  }

  static List<byte[]> pieces(byte[] whole, int id, int size) {
    List<byte[]> all = new ArrayList<>();
    for (int at = 0; at < whole.length; at += size) {
      all.add(piece(whole, id, at, at + size));
    }
    return all;
  }

  /** Collects the payloads of datagrams to port 53. */
  static List<byte[]> receive(IpScript s) {
    List<byte[]> got = new ArrayList<>();
    s.stack.datagrams(
        (ip, udp, length, sh, sl, dh, dl, unicast) -> {
          got.add(Memory.toArray(udp + 8, length - 8));
          return true;
        });
    return got;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 1473, 8000, 65507})
  void fragmentsInOrderAreOneDatagram(int length) {
    try (IpScript s = new IpScript()) {
      List<byte[]> got = receive(s);
      pieces(datagram(length), 7, 1480).forEach(s::in4);
      assertThat(got).hasSize(1);
      assertThat(got.get(0)).isEqualTo(Frames.pattern(length));
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      s.nothing();
    }
  }

  @Test
  void inAnyOrderAndSizeWithCopies() {
    Random random = new Random(5);
    try (IpScript s = new IpScript()) {
      List<byte[]> got = receive(s);
      for (int round = 0; round < 50; round++) {
        int length = 1 + random.nextInt(20_000);
        byte[] whole = datagram(length);
        List<byte[]> all = new ArrayList<>();
        for (int at = 0; at < whole.length; ) {
          int size = 8 * (1 + random.nextInt(400));
          all.add(piece(whole, round, at, at + size));
          at += size;
        }
        boolean single = all.size() == 1;
        all.addAll(single ? List.of() : all.subList(0, all.size() / 2));
        Collections.shuffle(all, random);
        all.forEach(s::in4);
        assertThat(got).hasSizeGreaterThan(round);
        assertThat(got.get(got.size() - 1)).isEqualTo(Frames.pattern(length));
        // Copies that came after the end begin another datagram, which never ends.
        s.after(40_000);
        s.drain();
        got.subList(round + 1, got.size()).clear();
      }
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      assertThat(s.stack.armedTimers()).isZero();
    }
  }

  @Test
  void datagramsOfOneHostDoNotMix() {
    try (IpScript s = new IpScript()) {
      List<byte[]> got = receive(s);
      byte[] first = datagram(2000);
      byte[] second = Frames.udp(PEER, STACK, 9, 53, new byte[2000]);
      List<byte[]> a = pieces(first, 1, 1000);
      List<byte[]> b = pieces(second, 2, 1000);
      for (int i = 0; i < a.size(); i++) {
        s.in4(a.get(i)).in4(b.get(i));
      }
      assertThat(got).containsExactly(Frames.pattern(2000), new byte[2000]);
    }
  }

  @Test
  void anotherProtocolWithTheSameNumberIsAnotherDatagram() {
    try (IpScript s = new IpScript()) {
      List<byte[]> got = receive(s);
      byte[] whole = datagram(2000);
      s.in4(piece(whole, 1, 0, 1000));
      byte[] stranger = piece(whole, 1, 1000, 2008);
      stranger[9] = 99;
      s.in4(Frames.fixIpv4(stranger));
      assertThat(got).isEmpty();
      s.in4(piece(whole, 1, 1000, 2008));
      assertThat(got).hasSize(1);
    }
  }

  @Test
  void aWrongChecksumOfTheWholeIsFound() {
    try (IpScript s = new IpScript()) {
      List<byte[]> got = receive(s);
      List<byte[]> all = pieces(datagram(3000), 1, 1000);
      all.get(1)[30] ^= 1;
      all.forEach(s::in4);
      assertThat(got).isEmpty();
      assertThat(s.count(StackCounter.IP_REASM_OKS)).isEqualTo(1);
      assertThat(s.count(StackCounter.UDP_CHECKSUM_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void afterThirtySecondsTheSenderIsTold() {
    try (IpScript s = new IpScript().learnPeer()) {
      byte[] first = piece(datagram(3000), 1, 0, 1000);
      s.in4(first).after(29_900).nothing();
      s.after(200);
      byte[] answer = s.outPacket();
      assertThat(answer[20]).as("time exceeded").isEqualTo((byte) 11);
      assertThat(answer[21]).as("in reassembly").isEqualTo((byte) 1);
      assertThat(Arrays.copyOfRange(answer, 28, 576)).isEqualTo(Arrays.copyOf(first, 548));
      assertThat(s.count(StackCounter.IP_REASM_TIMEOUTS)).isEqualTo(1);
      assertThat(s.count(StackCounter.IP_REASM_FAILS)).isEqualTo(1);
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
    }
  }

  @Test
  void withoutTheFirstFragmentNobodyIsTold() {
    try (IpScript s = new IpScript().learnPeer()) {
      s.in4(piece(datagram(3000), 1, 1000, 2000)).after(31_000).nothing();
      assertThat(s.count(StackCounter.IP_REASM_TIMEOUTS)).isEqualTo(1);
    }
  }

  @Test
  void aPieceThatEndsBeyondTheLongestPacketIsRefused() {
    try (IpScript s = new IpScript()) {
      List<byte[]> got = receive(s);
      byte[] tooFar = Frames.ipv4(PEER, STACK, Frames.UDP, 1, 8190, new byte[100]);
      s.in4(tooFar).nothing();
      assertThat(s.count(StackCounter.IP_REASM_FAILS)).isEqualTo(1);
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      assertThat(got).isEmpty();
    }
  }

  @Test
  void emptyPiecesAreRefused() {
    try (IpScript s = new IpScript()) {
      s.in4(Frames.ipv4(PEER, STACK, Frames.UDP, 1, MORE, new byte[0]));
      s.in4(Frames.ipv4(PEER, STACK, Frames.UDP, 1, MORE | 4, new byte[7]));
      assertThat(s.count(StackCounter.IP_REASM_FAILS)).isEqualTo(2);
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
    }
  }

  @Test
  void fragmentsThatHideATcpHeaderAreRefused() {
    // RFC 1858, RFC 3128.
    try (IpScript s = new IpScript()) {
      byte[] segment = Frames.tcp(PEER, STACK, 9, 80, 0, 0, 2, new byte[100]);
      s.in4(Frames.ipv4(PEER, STACK, Frames.TCP, 1, MORE, Arrays.copyOf(segment, 8)));
      s.in4(Frames.ipv4(PEER, STACK, Frames.TCP, 1, 1, Arrays.copyOfRange(segment, 8, 120)));
      s.nothing();
      assertThat(s.count(StackCounter.IP_FRAGMENTS_TINY)).isEqualTo(2);
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
    }
  }

  @Test
  void aTcpSegmentInFragmentsGoesTheNormalWay() {
    try (IpScript s = new IpScript().learnPeer()) {
      byte[] segment = Frames.tcp(PEER, STACK, 9, 81, 0, 0, 2, new byte[100]);
      s.in4(Frames.ipv4(PEER, STACK, Frames.TCP, 1, MORE, Arrays.copyOf(segment, 64)));
      s.in4(Frames.ipv4(PEER, STACK, Frames.TCP, 1, 8, Arrays.copyOfRange(segment, 64, 120)));
      byte[] reset = s.outPacket();
      assertThat(reset[33] & 4).as("RST from a closed port").isNotZero();
    }
  }

  @Test
  void aMarkOfOneFragmentMarksTheDatagramUnlessItIsForged() {
    // RFC 3168 section 5.3.
    try (IpScript s = new IpScript()) {
      int[] seen = {-1};
      s.stack.datagrams(
          (ip, udp, length, sh, sl, dh, dl, unicast) -> {
            seen[0] = Memory.getByte(ip + 1) & 3;
            return true;
          });
      for (int[] marks : new int[][] {{2, 3, 3}, {2, 2, 2}, {0, 3, -1}, {1, 3, 3}}) {
        List<byte[]> all = pieces(datagram(1500), 40 + marks[0] * 4 + marks[1], 800);
        seen[0] = -1;
        for (int i = 0; i < 2; i++) {
          all.get(i)[1] = (byte) marks[i];
          s.in4(Frames.fixIpv4(all.get(i)));
        }
        assertThat(seen[0]).as(Arrays.toString(marks)).isEqualTo(marks[2]);
      }
    }
  }

  // --- bounds

  @Test
  void oneSourceHasItsShare() {
    try (IpScript s = new IpScript()) {
      for (int id = 0; id < 200; id++) {
        s.in4(piece(datagram(3000), id, 0, 1000));
      }
      assertThat(s.count(StackCounter.REASM_SOURCE_LIMIT)).isEqualTo(200 - 64);
      assertThat(s.stack.ip().reassemblyBytes()).isEqualTo(64 * 4096);
      List<byte[]> got = receive(s);
      s.in4(piece(datagram(3000), 199, 1000, 2000)).in4(piece(datagram(3000), 199, 2000, 3008));
      assertThat(got).as("the newest are kept").hasSize(1);
    }
  }

  @Test
  void allSourcesTogetherHaveABoundAndTheOldestMakesRoom() {
    int bound = 1 << 20;
    try (IpScript s =
        new IpScript(IpScript.config().ip(IpConfig.defaults().withReassemblyMemory(bound)))) {
      List<byte[]> got = receive(s);
      byte[] honest = datagram(4000);
      Random random = new Random(1);
      for (int i = 0; i < 20_000; i++) {
        int source = 0x0a000000 | random.nextInt(1 << 20);
        String from = Ipv4Address.format(source);
        int flags = random.nextInt(1000) | MORE;
        s.wire.toStack.add(
            Frames.ethernet(
                IpScript.STACK_MAC,
                IpScript.PEER_MAC,
                0x0800,
                Frames.ipv4(from, STACK, Frames.UDP, i & 0xffff, flags, new byte[8])));
        if (i % 64 == 0) {
          s.run();
          assertThat(s.stack.ip().reassemblyBytes()).isLessThanOrEqualTo(bound);
        }
        if (i % 2000 == 1000) {
          pieces(honest, i, 1480).forEach(s::in4);
        }
      }
      assertThat(got).as("datagrams of an honest host meanwhile").hasSize(10);
      assertThat(s.count(StackCounter.REASM_EVICTED)).isPositive();
      s.run().after(40_000);
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      assertThat(s.stack.armedTimers()).isZero();
    }
  }

  @Test
  void oneDatagramOfVerySmallPiecesIsGivenUp() {
    try (IpScript s = new IpScript()) {
      byte[] whole = datagram(8000);
      for (int at = 0; at < 8 * 400; at += 8) {
        s.in4(piece(whole, 1, at, at + 8));
      }
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      assertThat(s.count(StackCounter.IP_REASM_OKS)).isZero();
      assertThat(s.count(StackCounter.IP_REASM_FAILS)).isEqualTo(400 - 255 + 0);
    }
  }
}
