package dev.twinpath.userstack.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackException;
import dev.twinpath.userstack.stack.StackException.Reason;
import dev.twinpath.userstack.udp.UdpScript.Heard;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** UDP over IPv4, packet by packet (RFC 768, RFC 1122 section 4.1, RFC 8085). */
class Rfc768UdpTest {
  private static final IpAddress STACK = IpAddress.parse(UdpScript.STACK);
  private static final IpAddress PEER = IpAddress.parse(UdpScript.PEER);

  private static void fails(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StackException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void aDatagramComesAndIsAnswered() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      UdpSocket socket = s.bound(heard, 53);
      s.datagram(5000, UdpScript.STACK, 53, 100);
      assertThat(heard.datagrams).containsExactly("192.0.2.2:5000 100");
      assertThat(s.send(socket, UdpScript.PEER, 5000, 33)).isEqualTo(SendResult.SENT);
      byte[] packet = s.outDatagram(53, UdpScript.PEER, 5000, 33);
      assertThat(packet[8]).as("time to live").isEqualTo((byte) 64);
      assertThat(Frames.half(packet, 6)).as("don't fragment").isEqualTo(0x4000);
      assertThat(s.count(StackCounter.UDP_IN)).isEqualTo(1);
      assertThat(s.count(StackCounter.UDP_OUT)).isEqualTo(1);
      s.nothing();
    }
  }

  @Test
  void anEmptyDatagramIsADatagram() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      UdpSocket socket = s.bound(heard, 53);
      s.datagram(5000, UdpScript.STACK, 53, 0);
      assertThat(heard.datagrams).containsExactly("192.0.2.2:5000 0");
      s.send(socket, UdpScript.PEER, 5000, 0);
      s.outDatagram(53, UdpScript.PEER, 5000, 0);
    }
  }

  @Test
  void whatIsSentBeforeTheNeighbourIsKnownWaitsForIt() {
    try (UdpScript s = new UdpScript()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      s.send(socket, UdpScript.PEER, 5000, 10);
      s.send(socket, UdpScript.PEER, 5000, 11);
      assertThat(Frames.half(s.out(), 12)).as("ARP").isEqualTo(0x0806);
      s.in(
          Frames.ethernet(
              UdpScript.STACK_MAC,
              UdpScript.PEER_MAC,
              0x0806,
              Frames.arp(
                  2, UdpScript.PEER_MAC, UdpScript.PEER, UdpScript.STACK_MAC, UdpScript.STACK)));
      s.outDatagram(53, UdpScript.PEER, 5000, 10);
      s.outDatagram(53, UdpScript.PEER, 5000, 11);
    }
  }

  @Test
  void aPortThatNobodyHasIsUnreachable() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      s.datagram(5000, UdpScript.STACK, 54, 10);
      assertThat(s.outPacket()[20]).as("unreachable").isEqualTo((byte) 3);
      socket.close();
      s.datagram(5000, UdpScript.STACK, 53, 10);
      assertThat(s.outPacket()[20]).as("unreachable").isEqualTo((byte) 3);
      assertThat(s.count(StackCounter.UDP_NO_PORT)).isEqualTo(2);
    }
  }

  @Test
  void theQueueIsBoundedAndKeepsTheOrder() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      heard.takes = false;
      UdpSocket socket = s.bound(heard, 53);
      socket.receiveBuffer(3 * 1024);
      for (int i = 0; i < 4; i++) {
        s.datagram(5000 + i, UdpScript.STACK, 53, 1000 - i);
      }
      assertThat(socket.queued()).isEqualTo(3);
      assertThat(heard.queued).isEqualTo(1);
      assertThat(s.count(StackCounter.UDP_RECEIVE_BUFFER_FULL)).isEqualTo(1);
      heard.takes = true;
      s.datagram(6000, UdpScript.STACK, 53, 1);
      assertThat(heard.datagrams).as("it does not overtake").isEmpty();
      assertThat(s.receive(socket)).isEqualTo("192.0.2.2:5000 1000");
      assertThat(s.receive(socket)).isEqualTo("192.0.2.2:5001 999");
      s.datagram(6001, UdpScript.STACK, 53, 2);
      assertThat(s.receive(socket)).isEqualTo("192.0.2.2:5002 998");
      assertThat(s.receive(socket)).isEqualTo("192.0.2.2:6001 2");
      s.datagram(6002, UdpScript.STACK, 53, 3);
      assertThat(heard.datagrams).containsExactly("192.0.2.2:6002 3");
    }
  }

  @Test
  void datagramsOfEverySizeGoThroughTheQueue() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      heard.takes = false;
      UdpSocket socket = s.bound(heard, 53);
      for (int round = 0; round < 3; round++) {
        for (int length = 0; length < 1472; length += 37) {
          s.datagram(5000, UdpScript.STACK, 53, length);
        }
        for (int length = 0; length < 1472; length += 37) {
          assertThat(s.receive(socket)).isEqualTo("192.0.2.2:5000 " + length);
        }
      }
      assertThat(s.stack.liveResources()).isZero();
    }
  }

  @Test
  void aDatagramLongerThanTheRoomIsCut() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      heard.takes = false;
      UdpSocket socket = s.bound(heard, 53);
      s.datagram(5000, UdpScript.STACK, 53, 1000);
      s.datagram(5001, UdpScript.STACK, 53, 10);
      socket.receive(s.memory, 100);
      assertThat(s.receive(socket)).isEqualTo("192.0.2.2:5001 10");
    }
  }

  @Test
  void anEmptyReceiveBufferTakesOneDatagram() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      heard.takes = false;
      UdpSocket socket = s.bound(heard, 53);
      socket.receiveBuffer(0);
      s.datagram(5000, UdpScript.STACK, 53, 1400).datagram(5001, UdpScript.STACK, 53, 0);
      assertThat(socket.queued()).isEqualTo(1);
    }
  }

  @Test
  void whoHasAPortSharesItOnlyIfAllAgree() {
    try (UdpScript s = new UdpScript()) {
      UdpSocket first = s.bound(new Heard(), 53);
      fails(Reason.ADDRESS_IN_USE, () -> s.bound(new Heard(), 53));
      UdpSocket second = s.socket(new Heard());
      second.reuseAddress(true);
      fails(Reason.ADDRESS_IN_USE, () -> second.bind(STACK, 53));
      first.reuseAddress(true);
      second.bind(STACK, 53);
      fails(Reason.ADDRESS_NOT_AVAILABLE, () -> s.socket(new Heard()).bind(PEER, 54));
      fails(Reason.ADDRESS_NOT_AVAILABLE, () -> second.bind(STACK, 55));
    }
  }

  @Test
  void theMostParticularSocketGetsTheDatagram() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard any = new Heard();
      Heard bound = new Heard();
      Heard connected = new Heard();
      UdpSocket[] sockets = {s.socket(connected), s.socket(any), s.socket(bound)};
      for (UdpSocket socket : sockets) {
        socket.reuseAddress(true);
      }
      sockets[0].bind(IpAddress.ANY, 53);
      sockets[0].connect(PEER, 5000);
      sockets[1].bind(IpAddress.ANY, 53);
      sockets[2].bind(STACK, 53);
      s.datagram(5000, UdpScript.STACK, 53, 1);
      s.datagram(5001, UdpScript.STACK, 53, 2);
      sockets[2].close();
      s.datagram(5001, UdpScript.STACK, 53, 3);
      sockets[0].disconnect();
      sockets[1].close();
      s.datagram(5001, UdpScript.STACK, 53, 4);
      assertThat(connected.datagrams).containsExactly("192.0.2.2:5000 1", "192.0.2.2:5001 4");
      assertThat(bound.datagrams).containsExactly("192.0.2.2:5001 2");
      assertThat(any.datagrams).containsExactly("192.0.2.2:5001 3");
    }
  }

  @Test
  void aConnectedSocketHearsItsPeerOnly() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      UdpSocket socket = s.socket(heard);
      assertThat(socket.send(s.memory, 1)).isEqualTo(SendResult.NO_DESTINATION);
      socket.connect(PEER, 53);
      assertThat(socket.localAddress()).isEqualTo(STACK);
      int port = socket.localPort();
      assertThat(port).isBetween(32_768, 60_999);
      s.datagram(54, UdpScript.STACK, port, 1);
      assertThat(s.outPacket()[20]).as("unreachable").isEqualTo((byte) 3);
      s.datagram(53, UdpScript.STACK, port, 2);
      assertThat(heard.datagrams).containsExactly("192.0.2.2:53 2");
      assertThat(socket.send(s.pattern(5), 5)).isEqualTo(SendResult.SENT);
      s.outDatagram(port, UdpScript.PEER, 53, 5);
      socket.disconnect();
      assertThat(socket.localAddress()).isEqualTo(IpAddress.ANY);
      assertThat(socket.localPort()).isEqualTo(port);
      s.datagram(54, UdpScript.STACK, port, 3);
      assertThat(heard.datagrams).contains("192.0.2.2:54 3");
    }
  }

  @Test
  void broadcastMustBeAskedForAndReachesEveryone() {
    try (UdpScript s = new UdpScript()) {
      Heard one = new Heard();
      Heard two = new Heard();
      UdpSocket first = s.socket(one);
      UdpSocket second = s.socket(two);
      first.reuseAddress(true);
      second.reuseAddress(true);
      first.bind(IpAddress.ANY, 53);
      second.bind(IpAddress.parse("192.0.2.255"), 53);
      assertThat(s.send(first, "192.0.2.255", 53, 4)).isEqualTo(SendResult.NOT_PERMITTED);
      assertThat(s.send(first, "255.255.255.255", 53, 4)).isEqualTo(SendResult.NOT_PERMITTED);
      fails(Reason.NOT_PERMITTED, () -> first.connect(IpAddress.parse("192.0.2.255"), 53));
      first.broadcast(true);
      assertThat(s.send(first, "192.0.2.255", 53, 4)).isEqualTo(SendResult.SENT);
      byte[] frame = s.out();
      assertThat(Frames.word(frame, 0)).isEqualTo(-1);
      assertThat(Frames.half(frame, 4)).isEqualTo(0xffff);
      s.datagram(9, "192.0.2.255", 53, 6);
      s.datagram(9, UdpScript.STACK, 53, 7);
      s.datagram(9, "192.0.2.255", 54, 6).nothing();
      assertThat(one.datagrams).containsExactly("192.0.2.2:9 6", "192.0.2.2:9 7");
      assertThat(two.datagrams).containsExactly("192.0.2.2:9 6");
    }
  }

  @Test
  void groupsAreSentToOnTheLinkOnly() {
    try (UdpScript s = new UdpScript()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      assertThat(s.send(socket, "224.129.0.251", 5353, 4)).isEqualTo(SendResult.SENT);
      byte[] frame = s.out();
      assertThat(Frames.word(frame, 0)).isEqualTo(0x01005e01);
      assertThat(Frames.half(frame, 4)).isEqualTo(0x00fb);
      assertThat(frame[14 + 8]).as("time to live").isEqualTo((byte) 1);
    }
  }

  @Test
  void theLongestDatagramThatFitsIsNotCut() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      s.send(socket, UdpScript.PEER, 5000, 1472);
      s.outDatagram(53, UdpScript.PEER, 5000, 1472);
      socket.dontFragment(true);
      assertThat(s.send(socket, UdpScript.PEER, 5000, 1472)).isEqualTo(SendResult.SENT);
      s.outDatagram(53, UdpScript.PEER, 5000, 1472);
      assertThat(s.send(socket, UdpScript.PEER, 5000, 1473)).isEqualTo(SendResult.TOO_LONG);
      s.nothing();
    }
  }

  @Test
  void longerOnesGoOutInFragments() {
    for (int length : new int[] {1473, 2952, 2953, 9000, 65_507}) {
      try (UdpScript s = new UdpScript().learnPeer()) {
        UdpSocket socket = s.bound(new Heard(), 53);
        assertThat(s.send(socket, UdpScript.PEER, 5000, length)).isEqualTo(SendResult.SENT);
        byte[] udp = Frames.udp(UdpScript.STACK, UdpScript.PEER, 53, 5000, Frames.pattern(length));
        int count = (udp.length + 1479) / 1480;
        int identification = -1;
        for (int i = 0; i < count; i++) {
          byte[] packet = s.outPacket();
          boolean last = i == count - 1;
          assertThat(Frames.half(packet, 6)).isEqualTo((last ? 0 : 0x2000) | i * 1480 / 8);
          assertThat(identification == -1 || identification == Frames.half(packet, 4)).isTrue();
          identification = Frames.half(packet, 4);
          byte[] piece =
              java.util.Arrays.copyOfRange(udp, i * 1480, Math.min(udp.length, i * 1480 + 1480));
          assertThat(packet)
              .isEqualTo(
                  Frames.ipv4(
                      UdpScript.STACK,
                      UdpScript.PEER,
                      Frames.UDP,
                      identification,
                      Frames.half(packet, 6),
                      piece));
        }
        assertThat(s.count(StackCounter.IP_FRAGMENTS_OUT)).isEqualTo(count);
        s.nothing();
      }
    }
  }

  @Test
  void onAWideLinkALongDatagramIsOnePacket() {
    try (UdpScript s =
        new UdpScript(NicConfig.defaults(UdpScript.STACK_MAC).withMtu(9000)).learnPeer()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      s.send(socket, UdpScript.PEER, 5000, 8972);
      s.outDatagram(53, UdpScript.PEER, 5000, 8972);
      // Not known yet: the packet waits with its neighbour, checksum and all.
      s.send(socket, "192.0.2.3", 5000, 8972);
      assertThat(Frames.half(s.out(), 12)).as("ARP").isEqualTo(0x0806);
      s.in(
          Frames.ethernet(
              UdpScript.STACK_MAC,
              UdpScript.PEER_MAC,
              0x0806,
              Frames.arp(2, UdpScript.PEER_MAC, "192.0.2.3", 0, UdpScript.STACK)));
      s.outDatagram(53, "192.0.2.3", 5000, 8972);
      s.nothing();
    }
  }

  @Test
  void whatCannotBeSentIsRefused() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      assertThat(s.send(socket, UdpScript.PEER, 0, 1)).isEqualTo(SendResult.NO_DESTINATION);
      assertThat(s.send(socket, UdpScript.PEER, 9, 65_508)).isEqualTo(SendResult.TOO_LONG);
      assertThat(s.send(socket, "198.51.100.1", 9, 1)).isEqualTo(SendResult.NO_ROUTE);
      assertThat(s.send(socket, UdpScript.STACK, 9, 1)).isEqualTo(SendResult.NO_ROUTE);
      fails(Reason.NETWORK_UNREACHABLE, () -> socket.connect(IpAddress.parse("198.51.100.1"), 9));
      fails(Reason.ADDRESS_NOT_AVAILABLE, () -> socket.connect(PEER, 0));
      socket.close();
      fails(Reason.CLOSED, () -> s.send(socket, UdpScript.PEER, 9, 1));
      s.nothing();
    }
  }

  @Test
  void aFullSendBufferBlocksUntilTheWireTakesMore() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      Heard heard = new Heard();
      UdpSocket socket = s.bound(heard, 53);
      socket.sendBuffer(2500);
      s.wire.blocked = true;
      assertThat(s.send(socket, UdpScript.PEER, 9, 1200)).isEqualTo(SendResult.SENT);
      assertThat(s.send(socket, UdpScript.PEER, 9, 1200)).isEqualTo(SendResult.SENT);
      assertThat(s.send(socket, UdpScript.PEER, 9, 1200)).isEqualTo(SendResult.BLOCKED);
      assertThat(heard.writable).isZero();
      assertThat(s.count(StackCounter.UDP_SEND_BUFFER_FULL)).isEqualTo(1);
      s.wire.blocked = false;
      s.run();
      assertThat(heard.writable).isEqualTo(1);
      assertThat(s.send(socket, UdpScript.PEER, 9, 1200)).isEqualTo(SendResult.SENT);
      assertThat(s.wire.fromStack).hasSize(3);
    }
  }

  @Test
  void theNicKnowsWhoListensAndWhoIsConnected() {
    try (UdpScript s = new UdpScript()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      assertThat(s.nic.queuePair(0).listeners().isTaken(Frames.UDP, 53)).isTrue();
      socket.connect(PEER, 5000);
      assertThat(s.nic.queuePair(0).flowTable().size()).isEqualTo(1);
      socket.connect(PEER, 5001);
      assertThat(s.nic.queuePair(0).flowTable().size()).isEqualTo(1);
      socket.close();
      assertThat(s.nic.queuePair(0).flowTable().size()).isZero();
      assertThat(s.nic.queuePair(0).listeners().isTaken(Frames.UDP, 53)).isFalse();
    }
  }

  @Test
  void trafficClassAndTimeToLiveAreTheSockets() {
    try (UdpScript s = new UdpScript().learnPeer()) {
      UdpSocket socket = s.bound(new Heard(), 53);
      socket.trafficClass(0xb8);
      socket.timeToLive(7);
      s.send(socket, UdpScript.PEER, 5000, 10);
      byte[] packet = s.outDatagram(53, UdpScript.PEER, 5000, 10);
      assertThat(packet[1]).isEqualTo((byte) 0xb8);
      assertThat(packet[8]).isEqualTo((byte) 7);
    }
  }
}
