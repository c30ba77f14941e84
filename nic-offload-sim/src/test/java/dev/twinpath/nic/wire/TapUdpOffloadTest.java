package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.IoVector;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.SocketCalls;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.lang.foreign.Arena;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs of UDP datagrams cross a TAP as one frame, both ways, with the kernel's own sockets. */
@RequiresRoot
class TapUdpOffloadTest {
  private static final int SOL_UDP = 17;
  private static final int UDP_SEGMENT = 103;
  private static final int SIZE = 1000;
  private static final int PAYLOAD = 20 * SIZE + 77;

  private final Arena arena = Arena.ofShared();
  private final long slab = arena.allocate(70_000, 64).address();
  private final byte[] payload = new byte[PAYLOAD];
  private NetworkNamespace namespace;
  private TapWire tap;
  private RawEnd end;

  @BeforeEach
  void plugIn() {
    new Random(1).nextBytes(payload);
    namespace = NetworkNamespace.create();
    tap = namespace.openTap("tap0", 1, "10.9.0.1/24");
    String mac = EthernetHeader.format(Packets.OUR_MAC);
    namespace
        .exec("ip", "neigh", "add", "10.9.0.2", "lladdr", mac, "dev", "tap0", "nud", "permanent")
        .check();
    end = new RawEnd(tap);
    assertThat(tap.capabilities().udpSegmentation()).isTrue();
  }

  @AfterEach
  void unplug() {
    end.close();
    tap.close();
    namespace.close();
    arena.close();
  }

  @Test
  void aRunThatTheKernelSendsArrivesUncut() {
    namespace.call(
        () -> {
          sendRun();
          return null;
        });
    ParsedPacket packet = new ParsedPacket();
    int length = end.take();
    packet.parse(end.buffer, length);
    assertThat(packet.isUdp()).isTrue();
    assertThat(end.context.gsoType()).isEqualTo(Frame.GSO_UDP);
    assertThat(end.context.gsoSize()).isEqualTo(SIZE);
    assertThat(end.context.needsChecksum()).isTrue();
    assertThat(end.context.checksumStart()).isEqualTo(Packets.TRANSPORT4);
    assertThat(Memory.toArray(end.buffer + packet.payloadOffset(), packet.payloadLength()))
        .isEqualTo(payload);
  }

  /** By sendmsg(2) on a socket that was told to cut at a size. */
  private void sendRun() {
    int fd = SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM, 0);
    try {
      assertThat(SocketCalls.setOption(fd, SOL_UDP, UDP_SEGMENT, SIZE)).isZero();
      Memory.copy(payload, 0, slab, PAYLOAD);
      long address = arena.allocate(16, 8).address();
      Memory.putShort(address, SocketCalls.AF_INET);
      Memory.putShortBE(address + 2, Packets.OUR_PORT);
      Memory.putIntBE(address + 4, Packets.OUR_ADDRESS);
      long vector = arena.allocate(IoVector.LENGTH, 8).address();
      IoVector.set(vector, 0, slab, PAYLOAD);
      long message = arena.allocate(56, 8).address();
      Memory.putLong(message, address);
      Memory.putInt(message + 8, 16);
      Memory.putLong(message + 16, vector);
      Memory.putLong(message + 24, 1);
      assertThat(SocketCalls.sendMessage(fd, message, 0)).isEqualTo(PAYLOAD);
    } finally {
      Linux.close(fd);
    }
  }

  @Test
  void aRunThatWeSendReachesASocketAsDatagrams() throws Exception {
    try (DatagramSocket socket =
        namespace.call(
            () -> new DatagramSocket(new InetSocketAddress("10.9.0.1", Packets.PEER_PORT)))) {
      socket.setSoTimeout(20_000);
      int headers = Packets.udp4(slab, Packets.PEER_PORT, PAYLOAD, namespace.macAddress("tap0"));
      Ipv4Header.writeChecksum(slab + EthernetHeader.LENGTH);
      Memory.copy(payload, 0, slab + headers, PAYLOAD);
      Frame frame = new Frame();
      frame.add(slab, headers + PAYLOAD);
      frame.headerLength(headers);
      frame.requestChecksum(Packets.TRANSPORT4, UdpHeader.CHECKSUM_OFFSET);
      frame.requestSegmentation(Frame.GSO_UDP, SIZE);
      assertThat(end.send(frame)).isZero();
      DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
      for (int at = 0; at < PAYLOAD; at += SIZE) {
        socket.receive(datagram);
        int expected = Math.min(SIZE, PAYLOAD - at);
        assertThat(datagram.getLength()).isEqualTo(expected);
        assertThat(Arrays.copyOf(datagram.getData(), expected))
            .isEqualTo(Arrays.copyOfRange(payload, at, at + expected));
      }
    }
  }

  @Test
  void aTapWithoutOffloadsClaimsNone() {
    try (TapWire plain = namespace.openTap("tap1", 2, false)) {
      assertThat(plain.capabilities().udpSegmentation()).isFalse();
      assertThat(plain.capabilities().tso4()).isFalse();
    }
    try (TapWire two = namespace.openTap("tap2", 2)) {
      assertThat(two.queues()).isEqualTo(2);
      assertThat(two.capabilities().udpSegmentation()).isTrue();
    }
  }
}
