package dev.twinpath.nic.wire.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What becomes of the checksums of a real kernel at the other end of a veth pair. It leaves them to
 * a hardware that a veth has not, and native XDP only takes its segmentation from it.
 */
@RequiresRoot(commands = "ethtool")
class XdpChecksumTest {
  private static final int GOOD = ReceiveFlags.L3_OK | ReceiveFlags.L4_OK;
  private static final XdpConfig CONFIG = XdpConfig.defaults(1).withChunks(256, 64, 4096);
  private static final InetAddress STACK4 = InetAddress.ofLiteral("10.9.0.2");
  private static final InetAddress STACK6 = InetAddress.ofLiteral("fd09::2");

  private static XdpWire open(VethPair pair) {
    for (InetAddress address : List.of(STACK4, STACK6)) {
      pair.peer
          .exec(
              "ip",
              "neighbour",
              "add",
              address.getHostAddress(),
              "lladdr",
              "02:00:00:00:00:02",
              "dev",
              VethPair.DEVICE)
          .check();
    }
    return pair.open(CONFIG, XdpSteering.toAddresses(List.of(STACK4, STACK6)));
  }

  private static TestHost.Received take(TestHost host) {
    for (int i = 0; i < 200_000 && host.received.isEmpty(); i++) {
      host.poll();
    }
    return host.received.remove(0);
  }

  private static void datagram(VethPair pair, InetAddress to, int length) throws IOException {
    try (DatagramSocket socket = pair.peer.call(() -> new DatagramSocket())) {
      socket.send(new DatagramPacket(new byte[length], length, to, 8080));
    }
  }

  @Test
  void whatThePeersKernelLeftUnfinishedIsGood() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9").withIpv6("fd09::9")) {
      XdpWire wire = open(pair);
      try (TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
        assertThat(pair.peer.exec("ethtool", "-k", VethPair.DEVICE).check())
            .contains("tx-checksum-ip-generic: on")
            .contains("tcp-segmentation-offload: off");
        for (InetAddress address : List.of(STACK4, STACK6)) {
          datagram(pair, address, 1001);
          assertThat(take(host).flags()).isEqualTo(GOOD);
          try (SocketChannel client = connect(pair, address)) {
            assertThat(take(host).flags()).isEqualTo(GOOD);
            assertThat(client.isConnected()).isFalse();
          }
        }
        assertThat(wire.unfinishedChecksums()).isEqualTo(4);
        assertThat(host.queue.counters().checksumsBad()).isZero();
      }
    }
  }

  private static SocketChannel connect(VethPair pair, InetAddress address) {
    return pair.peer.call(
        () -> {
          SocketChannel channel = SocketChannel.open();
          channel.configureBlocking(false);
          channel.connect(new InetSocketAddress(address, 8080));
          return channel;
        });
  }

  @Test
  void whatItFinishedIsVerified() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9").withIpv6("fd09::9")) {
      XdpWire wire = open(pair);
      try (TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
        pair.peer.exec("ethtool", "-K", VethPair.DEVICE, "tx", "off").check();
        for (InetAddress address : List.of(STACK4, STACK6)) {
          datagram(pair, address, 1001);
          assertThat(take(host).flags()).isEqualTo(GOOD);
        }
        assertThat(wire.unfinishedChecksums()).isZero();
      }
    }
  }

  @Test
  void whatIsWrongIsBad() {
    try (VethPair pair = new VethPair("10.9.0.9")) {
      XdpWire wire = pair.open(CONFIG, XdpSteering.toAddresses(List.of(STACK4)));
      VethPair.End peer = pair.end(pair.openPeer(CONFIG, XdpSteering.everything()), 0);
      try (TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
        byte[] frame = EchoHost.datagram(8080);
        assertThat(peer.send(frame)).isZero();
        assertThat(take(host).flags()).isEqualTo(GOOD);
        frame[frame.length - 1] ^= 1;
        assertThat(peer.send(frame)).isZero();
        assertThat(take(host).flags() & ReceiveFlags.L4_BAD).isNotZero();
        assertThat(wire.unfinishedChecksums()).isZero();
      }
    }
  }

  @Test
  void aJumboDatagramOfTheKernelArrivesWhole() throws IOException {
    try (VethPair pair = new VethPair("10.9.0.9").withIpv6("fd09::9").withMtu(9000)) {
      XdpWire wire = open(pair);
      NicConfig config = NicConfig.defaults(Packets.OUR_MAC).withMtu(9000);
      try (TestHost host = new TestHost(config, wire)) {
        for (InetAddress address : List.of(STACK4, STACK6)) {
          datagram(pair, address, 8900);
          TestHost.Received frame = take(host);
          assertThat(frame.flags()).isEqualTo(GOOD);
          assertThat(frame.bytes().length).isGreaterThan(8900 + 42 - 1);
        }
      }
    }
  }
}
