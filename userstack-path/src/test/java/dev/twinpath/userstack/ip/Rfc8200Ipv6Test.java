package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.PEER6;
import static dev.twinpath.userstack.ip.IpScript.STACK6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IPv6's header and extension headers (RFC 8200, RFC 5095). */
class Rfc8200Ipv6Test {
  private static final byte[] UDP = Frames.udp(PEER6, STACK6, 9, 53, Frames.pattern(10));

  private static byte[] packet(int next, byte[] payload) {
    return Frames.ipv6(PEER6, STACK6, next, 64, payload);
  }

  private static void problem(IpScript s, int code, int pointer) {
    byte[] answer = s.outPacket();
    assertThat(Arrays.copyOfRange(answer, 40, 42)).isEqualTo(Frames.bytes(4, code));
    assertThat(Frames.word(answer, 44)).as("pointer").isEqualTo(pointer);
    s.nothing();
  }

  @Test
  void aDatagramIsDelivered() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      s.in6(packet(Frames.UDP, UDP)).nothing();
      assertThat(got).containsExactly(Frames.pattern(10));
    }
  }

  @Test
  void aDatagramWithoutChecksumIsNot() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] without = UDP.clone();
      without[6] = 0;
      without[7] = 0;
      s.in6(packet(Frames.UDP, without)).nothing();
      assertThat(got).isEmpty();
      assertThat(s.count(StackCounter.UDP_CHECKSUM_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void headersThatCannotBeAreCounted() {
    try (IpScript s = IpScript.v6()) {
      byte[] good = packet(Frames.UDP, UDP);
      byte[] version = good.clone();
      version[0] = 0x50;
      s.in6(version).nothing();
      s.in6(Arrays.copyOf(good, 39)).nothing();
      assertThat(s.count(StackCounter.IP6_HEADER_ERRORS)).isEqualTo(2);
      s.in6(Arrays.copyOf(good, good.length - 1)).nothing();
      assertThat(s.count(StackCounter.IP6_TRUNCATED)).isEqualTo(1);
    }
  }

  @Test
  void whatFollowsThePacketInTheFrameIsIgnored() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      s.in6(Frames.join(packet(Frames.UDP, UDP), new byte[9]));
      assertThat(got).containsExactly(Frames.pattern(10));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ff02::1", "::1", "::ffff:192.0.2.2", "::ffff:192.0.2.1", "2001:db8::1", "::"})
  void sourcesThatCannotBeAreRefused(String source) {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] packet = packet(Frames.UDP, UDP);
      byte[] address =
          source.contains("ffff:")
              ? Frames.join(
                  new byte[10],
                  Frames.bytes(255, 255),
                  Frames.address(source.substring(source.lastIndexOf(':') + 1)))
              : Frames.address(source);
      System.arraycopy(address, 0, packet, 8, 16);
      s.in6(packet).nothing();
      assertThat(got).isEmpty();
      assertThat(s.count(StackCounter.IP6_SOURCE_ERRORS)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"2001:db8::3", "ff02::2", "ff05::1", "ff01::1", "ff02::1:ff00:9", "::1"})
  void otherDestinationsAreNotOurs(String destination) {
    try (IpScript s = IpScript.v6()) {
      byte[] packet = packet(Frames.UDP, UDP);
      System.arraycopy(Frames.address(destination), 0, packet, 24, 16);
      s.in6(packet).nothing();
      assertThat(s.count(StackCounter.IP6_ADDRESS_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void ourIpv4AddressIsNoDestinationOfAnIpv6Packet() {
    try (IpScript s = IpScript.v6()) {
      byte[] packet = packet(Frames.UDP, UDP);
      byte[] mapped =
          Frames.join(new byte[10], Frames.bytes(255, 255), Frames.address(IpScript.STACK));
      System.arraycopy(mapped, 0, packet, 24, 16);
      s.in6(packet).nothing();
      assertThat(s.count(StackCounter.IP6_ADDRESS_ERRORS)).isEqualTo(1);
    }
  }

  // --- extension headers

  @Test
  void extensionHeadersAreWalkedOver() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] routing = Frames.bytes(Frames.DESTINATION, 0, 0, 0, 0, 0, 0, 0);
      byte[] all =
          Frames.join(
              Frames.options(Frames.ROUTING, Frames.bytes(1, 4, 0, 0, 0, 0)),
              routing,
              Frames.options(Frames.UDP, Frames.bytes(0x1e, 4, 0, 0, 0, 0)),
              UDP);
      s.in6(packet(Frames.HOP_BY_HOP, all)).nothing();
      assertThat(got).containsExactly(Frames.pattern(10));
    }
  }

  @Test
  void hopByHopOptionsStandFirstOrNowhere() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] all =
          Frames.join(
              Frames.options(Frames.HOP_BY_HOP, Frames.bytes(1, 4, 0, 0, 0, 0)),
              Frames.options(Frames.UDP, Frames.bytes(1, 4, 0, 0, 0, 0)),
              UDP);
      s.in6(packet(Frames.DESTINATION, all));
      problem(s, 1, 40);
    }
  }

  @Test
  void anUnknownNextHeaderIsAProblem() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(packet(200, new byte[20]));
      problem(s, 1, 6);
      byte[] behind = Frames.options(200, Frames.bytes(1, 4, 0, 0, 0, 0));
      s.in6(packet(Frames.DESTINATION, behind));
      problem(s, 1, 40);
      assertThat(s.count(StackCounter.IP6_UNKNOWN_PROTOCOL)).isEqualTo(2);
    }
  }

  @Test
  void nothingMoreIsNoProblem() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(packet(59, new byte[20])).nothing();
    }
  }

  @ParameterizedTest
  @CsvSource({"0x1f,-1", "0x5f,0", "0x9f,2", "0xdf,2"})
  void unknownOptionsSayThemselvesWhatIsToBeDone(String option, int code) {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] options =
          Frames.options(Frames.UDP, Frames.bytes(Integer.decode(option), 4, 0, 0, 0, 0));
      s.in6(packet(Frames.DESTINATION, Frames.join(options, UDP)));
      assertThat(got).hasSize(code < 0 ? 1 : 0);
      if (code > 0) {
        problem(s, code, 42);
      } else {
        s.nothing();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 4, 253})
  void aRoutingHeaderThatLeadsOnIsAProblem(int type) {
    // RFC 5095 for type 0; the others are not known.
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] routing =
          Frames.join(
              Frames.bytes(Frames.UDP, 2, type, 1, 0, 0, 0, 0), Frames.address("2001:db8::7"));
      s.in6(packet(Frames.ROUTING, Frames.join(routing, UDP)));
      problem(s, 0, 42);
    }
  }

  @Test
  void moreHeadersThanAnyHonestPacketHasAreRefused() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      for (int count : new int[] {8, 9, 100}) {
        byte[] all = UDP;
        for (int i = 0; i < count; i++) {
          int next = i == 0 ? Frames.UDP : Frames.DESTINATION;
          all = Frames.join(Frames.options(next, Frames.bytes(1, 4, 0, 0, 0, 0)), all);
        }
        s.in6(packet(Frames.DESTINATION, all)).nothing();
      }
      assertThat(got).hasSize(1);
      assertThat(s.count(StackCounter.IP6_EXTENSION_LIMIT)).isEqualTo(2);
    }
  }

  @Test
  void longHeadersAreRefused() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] option = new byte[2 + 255];
      option[0] = 0x1e;
      option[1] = (byte) 255;
      byte[] header = Frames.options(Frames.UDP, Frames.join(option, option));
      s.in6(packet(Frames.DESTINATION, Frames.join(header, UDP))).nothing();
      assertThat(s.count(StackCounter.IP6_EXTENSION_LIMIT)).isEqualTo(1);
    }
  }

  @Test
  void paddingForNothingIsRefused() {
    try (IpScript s = IpScript.v6()) {
      List<byte[]> got = Rfc791ReassemblyTest.receive(s);
      byte[] padding = Frames.options(Frames.UDP, new byte[14]);
      s.in6(packet(Frames.DESTINATION, Frames.join(padding, UDP))).nothing();
      assertThat(got).isEmpty();
      assertThat(s.count(StackCounter.IP6_HEADER_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void headersThatDoNotFitThePacketAreRefused() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      for (int next : new int[] {Frames.HOP_BY_HOP, Frames.DESTINATION, Frames.ROUTING}) {
        s.in6(packet(next, Frames.bytes(Frames.UDP, 1, 1, 4, 0, 0, 0, 0))).nothing();
        s.in6(packet(next, Frames.bytes(Frames.UDP, 0, 1))).nothing();
      }
      s.in6(packet(Frames.FRAGMENT, new byte[7])).nothing();
      byte[] option = Frames.bytes(Frames.UDP, 0, 0x1e, 5, 0, 0, 0, 0);
      s.in6(packet(Frames.DESTINATION, Frames.join(option, UDP))).nothing();
      assertThat(s.count(StackCounter.IP6_HEADER_ERRORS)).isEqualTo(8);
    }
  }

  @Test
  void randomChainsNeitherThrowNorStay() {
    Random random = new Random(11);
    int[] numbers = {0, 6, 17, 43, 44, 58, 59, 60, 200};
    try (IpScript s = IpScript.v6().learnPeer6()) {
      for (int i = 0; i < 20_000; i++) {
        byte[] payload = new byte[random.nextInt(120)];
        random.nextBytes(payload);
        for (int at = 0; at + 8 <= payload.length; at += 8) {
          if (random.nextInt(3) > 0) {
            payload[at] = (byte) numbers[random.nextInt(numbers.length)];
            payload[at + 1] = (byte) random.nextInt(3);
          }
        }
        s.in6(packet(numbers[random.nextInt(numbers.length)], payload));
        s.wire.fromStack.clear();
      }
      s.after(70_000);
      s.drain();
      assertThat(s.stack.ip().reassemblyBytes()).isZero();
      assertThat(s.stack.liveResources()).isZero();
    }
  }
}
