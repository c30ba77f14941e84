package dev.twinpath.userstack.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.udp.UdpScript.Heard;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** UDP over IPv6, packet by packet (RFC 8200 sections 4.5 and 8.1, RFC 8085). */
class Rfc8200UdpTest {
  private static final IpAddress PEER = IpAddress.parse(UdpScript.PEER6);

  @Test
  void oneSocketTakesDatagramsOfBothVersions() {
    try (UdpScript s = new UdpScript().learnPeer().learnPeer6()) {
      Heard heard = new Heard();
      UdpSocket socket = s.bound(heard, 53);
      s.datagram6(5000, 53, 100).datagram(5001, UdpScript.STACK, 53, 101);
      assertThat(heard.datagrams).containsExactly("2001:db8::2:5000 100", "192.0.2.2:5001 101");
      assertThat(s.send(socket, UdpScript.PEER6, 5000, 33)).isEqualTo(SendResult.SENT);
      s.outDatagram6(53, 5000, 33);
      s.send(socket, UdpScript.PEER, 5001, 34);
      s.outDatagram(53, UdpScript.PEER, 5001, 34);
    }
  }

  @Test
  void withoutChecksumItIsRefused() {
    try (UdpScript s = new UdpScript().learnPeer6()) {
      Heard heard = new Heard();
      s.bound(heard, 53);
      byte[] udp = Frames.udp(UdpScript.PEER6, UdpScript.STACK6, 9, 53, Frames.pattern(10));
      udp[6] = 0;
      udp[7] = 0;
      s.in6(Frames.ipv6(UdpScript.PEER6, UdpScript.STACK6, Frames.UDP, 64, udp)).nothing();
      assertThat(heard.datagrams).isEmpty();
      assertThat(s.count(StackCounter.UDP_IN_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void aPortThatNobodyHasIsUnreachable() {
    try (UdpScript s = new UdpScript().learnPeer6()) {
      s.datagram6(5000, 54, 10);
      byte[] packet = s.outPacket();
      assertThat(packet[40]).as("destination unreachable").isEqualTo((byte) 1);
      assertThat(packet[41]).as("port").isEqualTo((byte) 4);
    }
  }

  @Test
  void aConnectedSocketHearsItsPeerOnly() {
    try (UdpScript s = new UdpScript().learnPeer6()) {
      Heard heard = new Heard();
      UdpSocket socket = s.socket(heard);
      socket.connect(PEER, 53);
      assertThat(socket.localAddress()).isEqualTo(IpAddress.parse(UdpScript.STACK6));
      int port = socket.localPort();
      s.datagram6(53, port, 1).datagram6(54, port, 2);
      assertThat(heard.datagrams).containsExactly("2001:db8::2:53 1");
      s.outPacket();
      socket.send(s.pattern(5), 5);
      s.outDatagram6(port, 53, 5);
      assertThat(s.nic.queuePair(0).flowTable().size()).isEqualTo(1);
      // A socket with an IPv6 address cannot send over IPv4.
      assertThat(s.send(socket, UdpScript.PEER, 53, 1)).isEqualTo(SendResult.NO_ROUTE);
      socket.close();
      assertThat(s.nic.queuePair(0).flowTable().size()).isZero();
    }
  }

  @Test
  void longDatagramsGoOutInFragments() {
    for (int length : new int[] {1452, 1453, 2888, 9000, 65_527}) {
      try (UdpScript s = new UdpScript().learnPeer6()) {
        UdpSocket socket = s.bound(new Heard(), 53);
        assertThat(s.send(socket, UdpScript.PEER6, 5000, length)).isEqualTo(SendResult.SENT);
        if (length == 1452) {
          s.outDatagram6(53, 5000, length);
          continue;
        }
        byte[] udp =
            Frames.udp(UdpScript.STACK6, UdpScript.PEER6, 53, 5000, Frames.pattern(length));
        // 1500 less both headers, in units of eight bytes.
        int share = 1448;
        int identification = 0;
        for (int at = 0; at < udp.length; at += share) {
          byte[] packet = s.outPacket();
          identification = at == 0 ? Frames.word(packet, 44) : identification;
          boolean more = at + share < udp.length;
          byte[] piece = Arrays.copyOfRange(udp, at, Math.min(udp.length, at + share));
          assertThat(packet)
              .isEqualTo(
                  Frames.ipv6(
                      UdpScript.STACK6,
                      UdpScript.PEER6,
                      Frames.FRAGMENT,
                      64,
                      Frames.fragment(Frames.UDP, at, more, identification, piece)));
        }
        s.nothing();
      }
    }
  }

  @Test
  void groupsHaveALinkAddressOfTheirOwn() {
    try (UdpScript s = new UdpScript()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      assertThat(s.send(socket, "ff02::fb", 5353, 4)).isEqualTo(SendResult.SENT);
      byte[] frame = s.out();
      assertThat(Frames.word(frame, 0)).isEqualTo(0x33330000);
      assertThat(Frames.half(frame, 4)).isEqualTo(0x00fb);
      assertThat(frame[14 + 7]).as("hop limit").isEqualTo((byte) 1);
    }
  }
}
