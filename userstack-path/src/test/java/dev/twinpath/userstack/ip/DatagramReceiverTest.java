package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.userstack.stack.StackCounter;
import org.junit.jupiter.api.Test;

/** What reaches whoever takes datagrams, and what nobody takes (RFC 1122 section 4.1.3). */
class DatagramReceiverTest {
  private static byte[] datagram(String destination, int port, int length) {
    byte[] udp = Frames.udp(IpScript.PEER, destination, 9, port, Frames.pattern(length));
    return Frames.ipv4(IpScript.PEER, destination, Frames.UDP, 1, 0, udp);
  }

  private static void take(IpScript s, int port, StringBuilder seen) {
    s.stack.datagrams(
        (ip, udp, length, sh, sl, dh, dl, unicast) -> {
          if (UdpHeader.destinationPort(udp) != port) {
            return false;
          }
          byte[] payload = Memory.toArray(udp + 8, length - 8);
          assertThat(payload).isEqualTo(Frames.pattern(length - 8));
          seen.append(new IpAddress(sh, sl)).append('>').append(new IpAddress(dh, dl));
          seen.append(' ').append(length).append(unicast ? " unicast;" : ";");
          return true;
        });
  }

  @Test
  void aDatagramReachesItsReceiver() {
    try (IpScript s = new IpScript()) {
      StringBuilder seen = new StringBuilder();
      take(s, 53, seen);
      s.in4(datagram(IpScript.STACK, 53, 100)).nothing();
      s.in4(datagram("192.0.2.255", 53, 10)).nothing();
      assertThat(seen.toString())
          .isEqualTo("192.0.2.2>192.0.2.1 108 unicast;192.0.2.2>192.0.2.255 18;");
    }
  }

  @Test
  void whatNobodyTakesIsAnsweredUnlessItWasABroadcast() {
    try (IpScript s = new IpScript().learnPeer()) {
      take(s, 53, new StringBuilder());
      s.in4(datagram("192.0.2.255", 54, 10)).nothing();
      s.in4(datagram(IpScript.STACK, 54, 10));
      byte[] answer = s.outPacket();
      assertThat(answer[20]).as("destination unreachable").isEqualTo((byte) 3);
      assertThat(answer[21]).as("port").isEqualTo((byte) 3);
      assertThat(s.count(StackCounter.UDP_NO_PORT)).isEqualTo(2);
    }
  }

  @Test
  void aWrongChecksumIsCountedAndNoChecksumIsAllowed() {
    try (IpScript s = new IpScript()) {
      StringBuilder seen = new StringBuilder();
      take(s, 53, seen);
      byte[] damaged = datagram(IpScript.STACK, 53, 10);
      damaged[27] ^= 1;
      s.in4(damaged).nothing();
      assertThat(s.count(StackCounter.UDP_CHECKSUM_ERRORS)).isEqualTo(1);
      assertThat(seen).isEmpty();
      byte[] without = datagram(IpScript.STACK, 53, 10);
      without[26] = 0;
      without[27] = 0;
      s.in4(without).nothing();
      assertThat(seen).isNotEmpty();
    }
  }

  @Test
  void aLengthBeyondThePacketIsRefusedAndATrailerIgnored() {
    try (IpScript s = new IpScript()) {
      StringBuilder seen = new StringBuilder();
      take(s, 53, seen);
      for (int length : new int[] {0, 7, 19}) {
        byte[] packet = datagram(IpScript.STACK, 53, 10);
        packet[25] = (byte) length;
        s.in4(packet).nothing();
      }
      assertThat(s.count(StackCounter.UDP_IN_ERRORS)).isEqualTo(3);
      byte[] udp = Frames.udp(IpScript.PEER, IpScript.STACK, 9, 53, Frames.pattern(10));
      byte[] trailer = Frames.join(udp, new byte[5]);
      s.in4(Frames.ipv4(IpScript.PEER, IpScript.STACK, Frames.UDP, 1, 0, trailer)).nothing();
      assertThat(seen.toString()).isEqualTo("192.0.2.2>192.0.2.1 18 unicast;");
    }
  }
}
