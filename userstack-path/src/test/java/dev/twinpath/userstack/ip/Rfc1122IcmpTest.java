package dev.twinpath.userstack.ip;

import static dev.twinpath.userstack.ip.IpScript.PEER;
import static dev.twinpath.userstack.ip.IpScript.PEER_MAC;
import static dev.twinpath.userstack.ip.IpScript.STACK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackCounter;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP: echo, and when an error is sent (RFC 792, RFC 1122 section 3.2.2). */
class Rfc1122IcmpTest {
  private static byte[] echo(int type, byte[] payload) {
    return Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, Frames.icmp(type, 0, 0x12340001, payload));
  }

  private static byte[] unwanted(int length) {
    byte[] udp = Frames.udp(PEER, STACK, 9, 9, Frames.pattern(length));
    return Frames.ipv4(PEER, STACK, Frames.UDP, 1, 0, udp);
  }

  @Test
  void anEchoIsAnsweredWithItsPayload() {
    try (IpScript s = new IpScript().learnPeer()) {
      s.in4(echo(8, Frames.pattern(1000)));
      byte[] answer = s.outPacket();
      assertThat(Arrays.copyOfRange(answer, 20, answer.length))
          .isEqualTo(Frames.icmp(0, 0, 0x12340001, Frames.pattern(1000)));
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1473, 8000, 60000, 65507})
  void aLargeEchoComesInFragmentsAndGoesInFragments(int length) {
    try (IpScript s = new IpScript().learnPeer()) {
      byte[] message = Frames.icmp(8, 0, 1, Frames.pattern(length));
      for (int at = 0; at < message.length; at += 1480) {
        int end = Math.min(message.length, at + 1480);
        int flags = at >> 3 | (end < message.length ? 0x2000 : 0);
        byte[] piece = Arrays.copyOfRange(message, at, end);
        s.in4(Frames.ipv4(PEER, STACK, Frames.ICMP, 5, flags, piece));
      }
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      int id = -1;
      for (byte[] frame : s.drain()) {
        assertThat(frame.length).isLessThanOrEqualTo(1514);
        byte[] packet = Arrays.copyOfRange(frame, 14, frame.length);
        int offset = (Frames.half(packet, 6) & 0x1fff) << 3;
        assertThat(offset).isEqualTo(answer.size());
        assertThat(Frames.checksum(Arrays.copyOf(packet, 20))).isZero();
        id = id < 0 ? Frames.half(packet, 4) : id;
        assertThat(Frames.half(packet, 4)).isEqualTo(id);
        answer.writeBytes(Arrays.copyOfRange(packet, 20, packet.length));
        boolean more = (Frames.half(packet, 6) & 0x2000) != 0;
        assertThat(more).isEqualTo(answer.size() < message.length);
      }
      assertThat(answer.toByteArray()).isEqualTo(Frames.icmp(0, 0, 1, Frames.pattern(length)));
      assertThat(s.count(StackCounter.IP_FRAGMENT_OKS)).isEqualTo(1);
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @Test
  void echoesAreNotLimited() {
    // Linux's icmp_ratemask leaves them out.
    try (IpScript s = new IpScript().learnPeer()) {
      for (int i = 0; i < 500; i++) {
        s.in4(echo(8, new byte[8]));
      }
      assertThat(s.drain()).hasSize(500);
    }
  }

  @Test
  void anEchoToManyOrWithABadChecksumIsNotAnswered() {
    try (IpScript s = new IpScript().learnPeer()) {
      byte[] message = Frames.icmp(8, 0, 1, new byte[8]);
      s.in4(Frames.ipv4(PEER, "192.0.2.255", Frames.ICMP, 1, 0, message)).nothing();
      s.in4(Frames.ipv4(PEER, "255.255.255.255", Frames.ICMP, 1, 0, message)).nothing();
      s.in4(Frames.ipv4(PEER, "224.0.0.1", Frames.ICMP, 1, 0, message)).nothing();
      byte[] all =
          Frames.ethernet(
              0xffffffffffffL,
              PEER_MAC,
              0x0800,
              Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, message));
      s.in(all).nothing();
      message[5] ^= 1;
      s.in4(Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, message)).nothing();
      assertThat(s.count(StackCounter.ICMP_CHECKSUM_ERRORS)).isEqualTo(1);
      s.in4(Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, new byte[7])).nothing();
      assertThat(s.count(StackCounter.ICMP_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void anErrorQuotesWhatFitsIn576Bytes() {
    try (IpScript s = new IpScript().learnPeer()) {
      byte[] packet = unwanted(1000);
      s.in4(packet);
      byte[] answer = s.outPacket();
      assertThat(answer).hasSize(576);
      assertThat(Arrays.copyOfRange(answer, 20, 576))
          .isEqualTo(Frames.icmp(3, 3, 0, Arrays.copyOf(packet, 548)));
      byte[] small = unwanted(10);
      s.in4(small);
      assertThat(Arrays.copyOfRange(s.outPacket(), 28, 28 + small.length)).isEqualTo(small);
    }
  }

  @Test
  void anUnknownProtocolIsUnreachable() {
    try (IpScript s = new IpScript().learnPeer()) {
      s.in4(Frames.ipv4(PEER, STACK, 200, 1, 0, new byte[20]));
      assertThat(Arrays.copyOfRange(s.outPacket(), 20, 22)).isEqualTo(Frames.bytes(3, 2));
      assertThat(s.count(StackCounter.IP_UNKNOWN_PROTOCOL)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 11, 12})
  void errorsAndWhatNobodyAskedForAreNotAnswered(int type) {
    try (IpScript s = new IpScript().learnPeer()) {
      s.in4(Frames.ipv4(PEER, STACK, Frames.ICMP, 1, 0, Frames.icmp(type, 1, 0, unwanted(10))));
      s.nothing();
    }
  }

  @Test
  void noErrorGoesToManyOrNobody() {
    try (IpScript s = new IpScript().learnPeer()) {
      byte[] udp = new byte[8];
      for (String source :
          new String[] {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.255"}) {
        s.in4(Frames.ipv4(source, STACK, 200, 1, 0, udp)).nothing();
      }
      assertThat(s.count(StackCounter.IP_SOURCE_ERRORS)).isEqualTo(5);
      s.in4(Frames.ipv4(PEER, "192.0.2.255", 200, 1, 0, udp)).nothing();
    }
  }

  @Test
  void errorsToOneHostAreSixAtOnceThenOneASecond() {
    try (IpScript s = new IpScript().learnPeer()) {
      for (int i = 0; i < 40; i++) {
        s.in4(unwanted(10));
      }
      assertThat(s.drain()).hasSize(6);
      assertThat(s.count(StackCounter.ICMP_RATE_LIMITED_HOST)).isEqualTo(34);
      s.after(1000).in4(unwanted(10)).in4(unwanted(10));
      assertThat(s.drain()).hasSize(1);
      s.after(60_000).learnPeer();
      for (int i = 0; i < 40; i++) {
        s.in4(unwanted(10));
      }
      List<byte[]> frames = s.drain();
      assertThat(frames.stream().filter(f -> f[12] == 8 && f[13] == 0)).hasSize(6);
    }
  }

  @Test
  void errorsToAllHostsTogetherAreLimited() {
    IpConfig config = IpConfig.defaults().withIcmpLimits(50, 0);
    try (IpScript s = new IpScript(IpScript.config().ip(config)).learnPeer()) {
      for (int i = 0; i < 120; i++) {
        s.in4(unwanted(10));
      }
      assertThat(s.drain()).as("icmp_msgs_burst").hasSize(50);
      assertThat(s.count(StackCounter.ICMP_RATE_LIMITED)).isEqualTo(70);
      s.after(10);
      for (int i = 0; i < 120; i++) {
        s.in4(unwanted(10));
      }
      assertThat(s.drain()).as("icmp_msgs_per_sec: one a millisecond").hasSize(10);
    }
  }

  @Test
  void aFloodFromManySourcesNeedsNoMemory() {
    IpConfig config = IpConfig.defaults().withIcmpLimits(1000, 1000);
    try (IpScript s =
        new IpScript(IpScript.config().gateway(PEER).icmpPerSecond(1_000_000).ip(config))
            .learnPeer()) {
      for (int i = 0; i < 3000; i++) {
        String source = "10.0." + i / 250 + "." + (i % 250 + 1);
        byte[] udp = Frames.udp(source, STACK, 9, 9, new byte[4]);
        s.in4(Frames.ipv4(source, STACK, Frames.UDP, 1, 0, udp));
        s.wire.fromStack.clear();
      }
      assertThat(s.neighbors().size()).as("all by way of the gateway").isEqualTo(1);
      assertThat(s.stack.liveResources()).isZero();
    }
  }
}
