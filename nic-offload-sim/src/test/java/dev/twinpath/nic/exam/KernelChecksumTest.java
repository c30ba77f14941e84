package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel as the judge of checksums, over a TAP device without any offload: what our NIC sums
 * the kernel accepts, what the kernel sums we find right, and what is corrupted both refuse.
 */
@RequiresRoot(commands = "nstat")
class KernelChecksumTest {
  private static final int COUNT = 100;
  private static final int PORT = 34000;

  private final Random random = new Random(20261120);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theKernelAndTheNicAgree(boolean ipv6) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace.exec("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=0").check();
      Wire tap = namespace.openTap("tap0", 1, false);
      namespace.exec("ip", "address", "add", "10.9.0.1/24", "dev", "tap0").check();
      namespace.exec("ip", "address", "add", "fd09::1/64", "dev", "tap0", "nodad").check();
      String neighbor = ipv6 ? "fd09::2" : "10.9.0.2";
      String mac = EthernetHeader.format(Packets.OUR_MAC);
      namespace
          .exec("ip", "neigh", "add", neighbor, "lladdr", mac, "dev", "tap0", "nud", "permanent")
          .check();
      long gateway = namespace.macAddress("tap0");
      try (TestHost host = new TestHost(Packets.OUR_MAC, tap);
          DatagramChannel socket = namespace.call(DatagramChannel::open)) {
        socket.bind(new InetSocketAddress(ipv6 ? "fd09::1" : "10.9.0.1", PORT));
        socket.configureBlocking(false);
        kernelAccepts(namespace, host, socket, gateway, ipv6);
        kernelSums(host, socket, neighbor, ipv6);
        bothRefuse(namespace, host, socket, gateway, ipv6);
      }
    }
  }

  /** Partial checksums, completed by the NIC for a wire that takes none. */
  private void kernelAccepts(
      NetworkNamespace namespace, TestHost host, DatagramChannel socket, long mac, boolean ipv6)
      throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(2048);
    for (int i = 0; i < COUNT; i++) {
      ExamFrame udp = frame(ipv6, ExamFrame.UDP);
      udp.partialChecksum = true;
      send(host, toward(mac, udp.build()), udp.transportOffset(), 8, 6);
      buffer.clear();
      assertThat(socket.receive(buffer)).as("datagram %d", i).isNotNull();
      assertThat(Arrays.copyOf(buffer.array(), buffer.position())).isEqualTo(udp.payload);
      ExamFrame tcp = frame(ipv6, ExamFrame.TCP);
      tcp.partialChecksum = true;
      send(host, toward(mac, tcp.build()), tcp.transportOffset(), 20, 16);
    }
    assertThat(errors(namespace)).isZero();
    // To a port where nobody listens: the kernel answers what it could read with a reset.
    assertThat(collect(host, ExamFrame.TCP, COUNT)).hasSize(COUNT).allMatch(this::isGood);
  }

  private void kernelSums(TestHost host, DatagramChannel socket, String to, boolean ipv6)
      throws Exception {
    InetSocketAddress address = new InetSocketAddress(to, PORT);
    int headers = ipv6 ? 62 : 42;
    for (int i = 0; i < COUNT; i++) {
      byte[] payload = new byte[random.nextInt(1400)];
      random.nextBytes(payload);
      socket.send(ByteBuffer.wrap(payload), address);
      List<TestHost.Received> frames = collect(host, ExamFrame.UDP, 1);
      assertThat(frames).hasSize(1).allMatch(this::isGood);
      byte[] bytes = frames.get(0).bytes();
      assertThat(Arrays.copyOfRange(bytes, headers, bytes.length)).isEqualTo(payload);
    }
  }

  private void bothRefuse(
      NetworkNamespace namespace, TestHost host, DatagramChannel socket, long mac, boolean ipv6)
      throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(2048);
    RecordingWire wire = new RecordingWire(false, false);
    try (TestHost receiver = new TestHost(mac, wire)) {
      corrupted(host, receiver, wire, socket, mac, ipv6, buffer);
      assertThat(receiver.received).hasSize(2 * COUNT);
      assertThat(receiver.received)
          .allMatch(f -> f.flags() == (ReceiveFlags.L3_OK | ReceiveFlags.L4_BAD));
      assertThat(receiver.queue.counters().checksumsBad()).isEqualTo(2 * COUNT);
    }
    assertThat(errors(namespace)).isEqualTo(2 * COUNT);
    assertThat(collect(host, ExamFrame.TCP, 1)).as("resets").isEmpty();
  }

  private void corrupted(
      TestHost host,
      TestHost receiver,
      RecordingWire wire,
      DatagramChannel socket,
      long mac,
      boolean ipv6,
      ByteBuffer buffer)
      throws Exception {
    for (int i = 0; i < COUNT; i++) {
      for (int protocol : new int[] {ExamFrame.UDP, ExamFrame.TCP}) {
        ExamFrame exam = frame(ipv6, protocol);
        byte[] frame = toward(mac, exam.build());
        int payload = frame.length - exam.payload.length;
        frame[payload + random.nextInt(exam.payload.length)] ^= (byte) (1 << random.nextInt(8));
        host.send(frame);
        wire.give(frame);
        receiver.poll();
      }
      assertThat(socket.receive(buffer)).isNull();
    }
  }

  private ExamFrame frame(boolean ipv6, int protocol) {
    ExamFrame frame = ExamFrame.of(ipv6, protocol);
    frame.timeToLive = 64;
    frame.sourcePort = 1024 + random.nextInt(30_000);
    frame.destinationPort = protocol == ExamFrame.UDP ? PORT : 9;
    frame.sequence = random.nextInt();
    frame.acknowledgment = random.nextInt();
    frame.payload = new byte[1 + random.nextInt(1400)];
    random.nextBytes(frame.payload);
    return frame;
  }

  private static byte[] toward(long mac, byte[] frame) {
    for (int i = 0; i < 6; i++) {
      frame[i] = (byte) (mac >>> 40 - 8 * i);
    }
    return frame;
  }

  private static void send(TestHost host, byte[] frame, int start, int header, int offset) {
    Memory.copy(frame, 0, host.slab, frame.length);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM, 0, start + header, start, offset, 0);
    tx.add(host.slabRegion, 0, start + header);
    tx.add(host.slabRegion, start + header, frame.length - start - header);
    tx.end(0);
    tx.doorbell();
    host.poll();
  }

  private boolean isGood(TestHost.Received frame) {
    return frame.flags() == (ReceiveFlags.L3_OK | ReceiveFlags.L4_OK)
        && ExamFrame.isRight(frame.bytes());
  }

  /** Frames of a protocol that came and come, at most so many. */
  private static List<TestHost.Received> collect(TestHost host, int protocol, int count) {
    List<TestHost.Received> frames = new java.util.ArrayList<>();
    for (int i = 0; i < 100 && frames.size() < count; i++) {
      host.poll();
      for (TestHost.Received frame : host.received) {
        byte[] bytes = frame.bytes();
        int type = ExamFrame.get16(bytes, 12);
        if (type == 0x0800 && bytes[23] == protocol || type == 0x86dd && bytes[20] == protocol) {
          frames.add(frame);
        }
      }
      host.received.clear();
    }
    return frames;
  }

  /** What the kernel of the namespace refused for a wrong TCP or UDP checksum. */
  private static int errors(NetworkNamespace namespace) {
    String counters = namespace.exec("nstat", "-az", "--noupdate").check();
    int errors = 0;
    for (String line : counters.lines().toList()) {
      if (line.matches("(TcpInCsumErrors|UdpInCsumErrors|Udp6InCsumErrors) .*")) {
        errors += (int) Double.parseDouble(line.split(" +")[1]);
      }
    }
    return errors;
  }
}
