package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.ALL_NODES;
import static dev.twinpath.userstack.ip.IpScript.LINK_LOCAL;
import static dev.twinpath.userstack.ip.IpScript.PEER6;
import static dev.twinpath.userstack.ip.IpScript.STACK6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.StackCounter;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMPv6: echo, and when an error is sent (RFC 4443). */
class Rfc4443Icmp6Test {
  private static byte[] echo(String source, String destination, byte[] payload) {
    byte[] message = Frames.icmp6(source, destination, 128, 0, 0x12340001, payload);
    return Frames.ipv6(source, destination, Frames.ICMP6, 64, message);
  }

  private static byte[] unwanted(int length) {
    byte[] udp = Frames.udp(PEER6, STACK6, 9, 9, Frames.pattern(length));
    return Frames.ipv6(PEER6, STACK6, Frames.UDP, 64, udp);
  }

  @Test
  void anEchoIsAnsweredWithItsPayload() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(echo(PEER6, STACK6, Frames.pattern(1000)));
      byte[] message = Frames.icmp6(STACK6, PEER6, 129, 0, 0x12340001, Frames.pattern(1000));
      assertThat(s.outPacket()).isEqualTo(Frames.ipv6(STACK6, PEER6, Frames.ICMP6, 64, message));
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1453, 8000, 60000, 65527})
  void aLargeEchoComesInFragmentsAndGoesInFragments(int length) {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] message = Frames.icmp6(PEER6, STACK6, 128, 0, 1, Frames.pattern(length));
      for (int at = 0; at < message.length; at += 1448) {
        int end = Math.min(message.length, at + 1448);
        byte[] piece = Arrays.copyOfRange(message, at, end);
        byte[] fragment = Frames.fragment(Frames.ICMP6, at, end < message.length, 9, piece);
        s.in6(Frames.ipv6(PEER6, STACK6, Frames.FRAGMENT, 64, fragment));
      }
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      for (byte[] frame : s.drain()) {
        assertThat(frame.length).isLessThanOrEqualTo(1514);
        assertThat(frame[20]).isEqualTo((byte) Frames.FRAGMENT);
        assertThat(frame[54]).isEqualTo((byte) Frames.ICMP6);
        assertThat(Frames.half(frame, 56) & ~7).isEqualTo(answer.size());
        answer.writeBytes(Arrays.copyOfRange(frame, 62, frame.length));
        assertThat((Frames.half(frame, 56) & 1) != 0).isEqualTo(answer.size() < message.length);
      }
      assertThat(answer.toByteArray())
          .isEqualTo(Frames.icmp6(STACK6, PEER6, 129, 0, 1, Frames.pattern(length)));
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @Test
  void anEchoToAllNodesIsAnsweredByOneAddressOfOurs() {
    try (IpScript s = IpScript.v6()) {
      s.inGroup(IpScript.solicitation("fe80::9", "ff02::1:ff00:1", STACK6, IpScript.PEER_MAC));
      s.drain();
      s.inGroup(echo("fe80::9", ALL_NODES, new byte[8]));
      byte[] message = Frames.icmp6(LINK_LOCAL, "fe80::9", 129, 0, 0x12340001, new byte[8]);
      assertThat(s.outPacket())
          .isEqualTo(Frames.ipv6(LINK_LOCAL, "fe80::9", Frames.ICMP6, 64, message));
    }
  }

  @Test
  void echoesFromNobodyAndBadChecksumsAreNotAnswered() {
    try (IpScript s = IpScript.v6()) {
      s.in6(echo("::", STACK6, new byte[8])).nothing();
      byte[] damaged = echo(PEER6, STACK6, new byte[8]);
      damaged[47] ^= 1;
      s.in6(damaged).nothing();
      assertThat(s.count(StackCounter.ICMP6_CHECKSUM_ERRORS)).isEqualTo(1);
      assertThat(s.count(StackCounter.ICMP6_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void aPortThatNobodyListensOnIsUnreachable() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] packet = unwanted(100);
      s.in6(packet);
      byte[] message = Frames.icmp6(STACK6, PEER6, 1, 4, 0, packet);
      assertThat(s.outPacket()).isEqualTo(Frames.ipv6(STACK6, PEER6, Frames.ICMP6, 64, message));
    }
  }

  @Test
  void anErrorIsNoLongerThanEveryPathLetsThrough() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      s.in6(unwanted(1400));
      assertThat(s.outPacket()).hasSize(1280);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 127, 137})
  void errorsAndRedirectsAreNotAnswered(int type) {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] message = Frames.icmp6(PEER6, STACK6, type, 0, 0, new byte[40]);
      byte[] option = Frames.options(Frames.ICMP6, Frames.bytes(0xc0, 0));
      byte[] payload = Frames.join(option, message);
      s.in6(Frames.ipv6(PEER6, STACK6, Frames.DESTINATION, 64, payload)).nothing();
      assertThat(s.count(StackCounter.ICMP6_ERRORS_OUT)).isZero();
    }
  }

  @Test
  void noErrorAboutWhatWentToManyOrCameFromNobody() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] udp = Frames.udp(PEER6, ALL_NODES, 9, 9, new byte[4]);
      s.inGroup(Frames.ipv6(PEER6, ALL_NODES, Frames.UDP, 64, udp)).nothing();
      s.inGroup(Frames.ipv6(PEER6, ALL_NODES, 200, 64, new byte[8])).nothing();
      s.in6(Frames.ipv6("::", STACK6, 200, 64, new byte[8])).nothing();
      s.in6(Frames.ipv6("ff02::5", STACK6, 200, 64, new byte[8])).nothing();
    }
  }

  @Test
  void errorsAboutUnknownOptionsAreSentEvenAboutWhatWentToMany() {
    // Section 2.4 (e.3): parameter problem, code 2.
    try (IpScript s = IpScript.v6().learnPeer6()) {
      byte[] option = Frames.options(59, Frames.bytes(0x80, 0));
      s.inGroup(Frames.ipv6(PEER6, ALL_NODES, Frames.DESTINATION, 64, option));
      byte[] answer = s.outPacket();
      assertThat(Arrays.copyOfRange(answer, 40, 42)).isEqualTo(Frames.bytes(4, 2));
      assertThat(Frames.word(answer, 44)).isEqualTo(42);
      byte[] quiet = Frames.options(59, Frames.bytes(0xc0, 0));
      s.inGroup(Frames.ipv6(PEER6, ALL_NODES, Frames.DESTINATION, 64, quiet)).nothing();
    }
  }

  @Test
  void errorsToOneHostAreLimited() {
    try (IpScript s = IpScript.v6().learnPeer6()) {
      for (int i = 0; i < 40; i++) {
        s.in6(unwanted(10));
      }
      assertThat(s.drain()).hasSize(6);
      // A route of /64 gives four times as many as icmp_ratelimit says, as in Linux.
      s.after(1000);
      for (int i = 0; i < 40; i++) {
        s.in6(unwanted(10));
      }
      assertThat(s.drain()).hasSize(4);
    }
  }
}
