package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost.Completed;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.LinkModel;
import dev.twinpath.nic.wire.LinkWire;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.PacketSocketWire;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.xdp.XdpConfig;
import dev.twinpath.nic.wire.xdp.XdpSteering;
import dev.twinpath.nic.wire.xdp.XdpWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mapped file that is truncated costs the packets that need its pages, and nothing else. */
class MemoryFaultTest {
  private static final int FILE = 1 << 16;
  private static final int PAYLOAD = 40_000;
  private static final int ROUNDS = 300;

  @TempDir Path folder;

  private void truncateUnder(Wire wire, Runnable drain) throws IOException {
    Path path = folder.resolve("file");
    try (TestHost host = new TestHost(Packets.OUR_MAC, wire);
        FileChannel file =
            FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofShared()) {
      file.write(java.nio.ByteBuffer.allocate(1), FILE - 1);
      long mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, FILE, arena).address();
      int region = host.nic.memory().register(mapped, FILE, RegisteredMemory.READ);
      for (int round = 0; round < ROUNDS; round++) {
        host.completed.clear();
        file.truncate(4096);
        send(host, host.slabRegion, 4096, 1);
        send(host, region, 0, 2);
        send(host, host.slabRegion, 4096, 3);
        file.write(java.nio.ByteBuffer.allocate(1), FILE - 1);
        send(host, region, 0, 4);
        for (int i = 0; i < 20 && host.completed.size() < 4; i++) {
          drain.run();
          host.poll();
        }
        drain.run();
        assertThat(host.completed)
            .as("round %d", round)
            .containsExactly(
                new Completed(1, TransmitStatus.OK),
                new Completed(2, TransmitStatus.MEMORY_FAULT),
                new Completed(3, TransmitStatus.OK),
                new Completed(4, TransmitStatus.OK));
      }
      assertThat(host.queue.counters().memoryFaults()).isEqualTo(ROUNDS);
    }
  }

  /** A host's first buffer lies in a file that is truncated while segments are joined there. */
  @Test
  void aJoinedPacketWhoseMemoryIsGoneComesBackEmpty() throws IOException {
    RecordingWire wire = new RecordingWire(false, false);
    ReceiveOptions joins =
        ReceiveOptions.defaults()
            .withCoalescing(CoalescingMode.ON)
            .withCoalescingLimits(8, 64, 1_000_000);
    NicConfig config = NicConfig.defaults(Packets.OUR_MAC).withReceive(joins);
    try (Nic nic = new Nic(config, wire);
        FileChannel file =
            FileChannel.open(
                folder.resolve("buffers"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofShared()) {
      file.write(java.nio.ByteBuffer.allocate(1), FILE - 1);
      long mapped = file.map(FileChannel.MapMode.READ_WRITE, 0, FILE, arena).address();
      int inFile = nic.memory().register(mapped, FILE, RegisteredMemory.WRITE);
      long memory = arena.allocate(4096, 4096).address();
      int inMemory = nic.memory().register(memory, 4096, RegisteredMemory.WRITE);
      QueuePair queue = nic.queuePair(0);
      java.util.List<Integer> lengths = new java.util.ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        lengths.clear();
        queue.receive().post(inFile, 0, 4096, 1);
        queue.receive().post(inMemory, 0, 4096, 2);
        wire.give(segment(arena, 0));
        queue.doWork(0);
        file.truncate(0);
        wire.give(segment(arena, 1));
        for (int i = 0; i < 3; i++) {
          queue.doWork(2_000_000L * i);
          queue.flushReceive();
        }
        wire.give(segment(arena, 7));
        for (int i = 0; i < 3; i++) {
          queue.doWork(0);
          queue.flushReceive();
        }
        queue.receive().poll((id, length, flags, tag) -> lengths.add(length), 8);
        file.write(java.nio.ByteBuffer.allocate(1), FILE - 1);
        assertThat(lengths).as("round %d", round).containsExactly(0, 154);
        assertThat(queue.receive().posted()).isZero();
      }
      assertThat(queue.counters().coalescing().abandoned()).isEqualTo(ROUNDS);
    }
  }

  private static byte[] segment(Arena arena, int number) {
    long at = arena.allocate(256).address();
    int headers = Packets.tcp4(at, 100 * number, TcpHeader.ACK, new byte[0], 100, Packets.PEER_MAC);
    Ipv4Header.writeChecksum(at + EthernetHeader.LENGTH);
    ChecksumOffload.complete(at, headers + 100, Packets.TRANSPORT4, TcpHeader.CHECKSUM_OFFSET);
    return dev.twinpath.nic.packet.Memory.toArray(at, headers + 100);
  }

  private static void send(TestHost host, int region, long offset, long cookie) {
    int headers = Packets.tcp4(host.slab, 1, TcpHeader.ACK, new byte[0], PAYLOAD, Packets.PEER_MAC);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
    tx.add(host.slabRegion, 0, headers);
    tx.add(region, offset, PAYLOAD);
    tx.end(cookie);
    tx.doorbell();
    host.poll();
  }

  @Test
  void overAMemoryWire() throws IOException {
    MemoryWire.Pair pair = MemoryWire.pair();
    try (TestHost peer = new TestHost(Packets.PEER_MAC, pair.right())) {
      truncateUnder(
          pair.left(),
          () -> {
            while (peer.poll() > 0) {
              peer.received.clear();
            }
          });
    }
  }

  @Test
  void whenTheNicCutsAndSumsInSoftware() throws IOException {
    RecordingWire wire = new RecordingWire(false, false);
    truncateUnder(wire, wire.sent::clear);
  }

  @Test
  void overAnImpairedWire() throws IOException {
    RecordingWire wire = new RecordingWire(true, false);
    truncateUnder(new ImpairedWire(wire, Impairment.none(1)), wire.sent::clear);
  }

  @Test
  void overAModelledLine() throws IOException {
    RecordingWire wire = new RecordingWire(true, true);
    truncateUnder(new LinkWire(wire, LinkModel.parse("rate=1000gbit")), wire.sent::clear);
  }

  @Test
  @RequiresRoot
  void overATap() throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      truncateUnder(namespace.openTap("tap0", 1, "10.9.0.1/24"), () -> {});
    }
  }

  @Test
  @RequiresRoot
  void overAPacketSocket() throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace
          .shell(
              "ip link add veth0 type veth peer name veth1"
                  + " && ip link set veth0 up && ip link set veth1 up")
          .check();
      truncateUnder(namespace.call(() -> PacketSocketWire.open("veth0", 1)), () -> {});
    }
  }

  @Test
  @RequiresRoot
  void overAnXdpSocket() throws IOException {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace
          .shell(
              "ip link add veth0 type veth peer name veth1"
                  + " && ip link set veth0 up && ip link set veth1 up")
          .check();
      truncateUnder(
          namespace.call(
              () -> XdpWire.open("veth0", XdpConfig.defaults(1), XdpSteering.everything())),
          () -> {});
    }
  }
}
