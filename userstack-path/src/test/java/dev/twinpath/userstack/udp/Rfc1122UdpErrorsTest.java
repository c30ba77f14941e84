package dev.twinpath.userstack.udp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.udp.UdpScript.Heard;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * What ICMP says of datagrams (RFC 1122 section 4.1.3.3): hard errors reach the socket that is
 * connected to whom they are about, and nobody else (RFC 5927).
 */
class Rfc1122UdpErrorsTest {
  /** The peer's error about a datagram of ours, which it quotes. */
  private static void error(
      UdpScript s, int type, int code, int rest, int fromPort, String to, int port) {
    byte[] udp = Frames.udp(UdpScript.STACK, to, fromPort, port, Frames.pattern(20));
    byte[] quoted = Frames.ipv4(UdpScript.STACK, to, Frames.UDP, 7, 0x4000, udp);
    byte[] message = Frames.icmp(type, code, rest, Arrays.copyOf(quoted, 28));
    s.in4(Frames.ipv4(UdpScript.PEER, UdpScript.STACK, Frames.ICMP, 1, 0, message));
  }

  private static UdpSocket connected(UdpScript s, Heard heard) {
    UdpSocket socket = s.bound(heard, 53);
    socket.connect(IpAddress.parse(UdpScript.PEER), 5000);
    return socket;
  }

  @Test
  void aConnectedSocketIsTold() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      connected(s, heard);
      error(s, 3, 3, 0, 53, UdpScript.PEER, 5000);
      error(s, 3, 2, 0, 53, UdpScript.PEER, 5000);
      assertThat(heard.errors)
          .containsExactly(IcmpError.Kind.PORT_UNREACHABLE, IcmpError.Kind.PROTOCOL_UNREACHABLE);
    }
  }

  @Test
  void whatMayPassIsNotTold() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      connected(s, heard);
      error(s, 3, 0, 0, 53, UdpScript.PEER, 5000);
      error(s, 3, 1, 0, 53, UdpScript.PEER, 5000);
      error(s, 11, 0, 0, 53, UdpScript.PEER, 5000);
      assertThat(heard.errors).isEmpty();
    }
  }

  @Test
  void whoIsNotConnectedOrNotMeantIsNotTold() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      UdpSocket socket = connected(s, heard);
      error(s, 3, 3, 0, 53, UdpScript.PEER, 5001);
      error(s, 3, 3, 0, 54, UdpScript.PEER, 5000);
      error(s, 3, 3, 0, 53, "192.0.2.3", 5000);
      socket.disconnect();
      error(s, 3, 3, 0, 53, UdpScript.PEER, 5000);
      assertThat(heard.errors).isEmpty();
    }
  }

  @Test
  void aRoutersMtuCutsWhatComesNext() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      UdpSocket socket = connected(s, heard);
      error(s, 3, 4, 1000, 53, UdpScript.PEER, 5000);
      assertThat(heard.errors).containsExactly(IcmpError.Kind.TOO_BIG);
      socket.send(s.pattern(972), 972);
      s.outDatagram(53, UdpScript.PEER, 5000, 972);
      socket.send(s.pattern(973), 973);
      assertThat(s.outPacket()).hasSize(996);
      assertThat(s.outPacket()).hasSize(20 + 8 + 973 - 976);
      socket.dontFragment(true);
      assertThat(socket.send(s.pattern(973), 973)).isEqualTo(SendResult.TOO_LONG);
      s.nothing();
    }
  }
}
