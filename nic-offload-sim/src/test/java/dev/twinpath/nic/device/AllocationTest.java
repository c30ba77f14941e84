package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.LinkModel;
import dev.twinpath.nic.wire.LinkWire;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.PacketSocketWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.xdp.XdpConfig;
import dev.twinpath.nic.wire.xdp.XdpSteering;
import dev.twinpath.nic.wire.xdp.XdpWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** Nothing is allocated per packet, sent or received, once the code is warm. */
class AllocationTest {
  private static final int WARM_UP = 30_000;
  private static final int PACKETS = 20_000;
  private static final int ROUNDS = 20;

  /** What compiled code and the measurement itself may take in all: far below a byte a packet. */
  private static final long SLACK = 16 * 1024;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final TransmitCompletionHandler IGNORE = (cookie, status) -> {};
  private static final byte[] NO_OPTIONS = {};

  /** A host whose receive handler posts each buffer again. */
  private static final class Loop implements ReceiveHandler {
    private final QueuePair queue;
    private final int region;
    private long frames;

    Loop(Nic nic, long memory) {
      queue = nic.queuePair(0);
      region = nic.memory().register(memory, 1 << 20, RegisteredMemory.WRITE);
      for (int i = 0; i < 8; i++) {
        queue.receive().post(region, i * 70_000L, 70_000, i);
      }
    }

    void poll() {
      while (queue.doWork(1) > 0 || queue.receive().hasFrames()) {
        queue.transmit().poll(IGNORE, 64);
        queue.receive().poll(this, 64);
      }
    }

    @Override
    public void onFrame(int bufferId, int length, int flags, int flowTag) {
      frames++;
      queue.receive().post(region, bufferId * 70_000L, 70_000, bufferId);
    }
  }

  private static void run(Nic nic, Loop self, Loop peer, long slab, int region, int packets) {
    TransmitQueue tx = nic.queuePair(0).transmit();
    for (int i = 0; i < packets; i++) {
      int payload = (i & 3) == 0 ? 20_000 : 100;
      int headers = Packets.tcp4(slab, i, TcpHeader.ACK, NO_OPTIONS, payload, Packets.PEER_MAC);
      tx.begin(
          TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
      tx.add(region, 0, headers);
      tx.add(region, 4096, payload);
      tx.end(i);
      tx.doorbell();
      self.poll();
      if (peer != null) {
        peer.poll();
        self.poll();
      }
    }
  }

  private static void measure(Wire wire, Wire peerWire) {
    try (Arena arena = Arena.ofShared();
        Nic nic = new Nic(NicConfig.defaults(Packets.OUR_MAC), wire);
        Nic peerNic =
            peerWire == null ? null : new Nic(NicConfig.defaults(Packets.PEER_MAC), peerWire)) {
      long slab = arena.allocate(1 << 20, 4096).address();
      int region = nic.memory().register(slab, 1 << 20, RegisteredMemory.READ);
      Loop self = new Loop(nic, arena.allocate(1 << 20, 4096).address());
      Loop peer = null;
      if (peerNic != null) {
        peer = new Loop(peerNic, arena.allocate(1 << 20, 4096).address());
        peerNic
            .queuePair(0)
            .flowTable()
            .insert(
                Ipv4Header.PROTOCOL_TCP,
                Packets.PEER_ADDRESS,
                Packets.PEER_PORT,
                Packets.OUR_ADDRESS,
                Packets.OUR_PORT,
                1);
      }
      run(nic, self, peer, slab, region, WARM_UP);
      // A busy machine compiles late, so that "warm" may take some rounds.
      long allocated = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS && allocated >= SLACK; round++) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        run(nic, self, peer, slab, region, PACKETS);
        allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).as("bytes allocated for %d packets", PACKETS).isLessThan(SLACK);
      if (peer != null) {
        assertThat(peer.frames).isGreaterThanOrEqualTo(WARM_UP + PACKETS);
      }
    }
  }

  @Test
  void overAMemoryWire() {
    MemoryWire.Pair pair = MemoryWire.pair();
    measure(pair.left(), pair.right());
  }

  @Test
  void whenSegmentsAreJoined() {
    MemoryWire.Pair pair = MemoryWire.pair();
    measure(pair.left(), new ImpairedWire(pair.right(), Impairment.none(1)));
  }

  @Test
  void whenFramesAreCutAndDelayed() {
    MemoryWire.Pair pair = MemoryWire.pair();
    measure(new ImpairedWire(pair.left(), Impairment.none(1)), pair.right());
  }

  @Test
  void whenALineIsModelled() {
    MemoryWire.Pair pair = MemoryWire.pair();
    LinkModel model = LinkModel.parse("rate=1000gbit,pcie=100ns");
    measure(new LinkWire(pair.left(), model), pair.right());
  }

  @Test
  @RequiresRoot
  void overATap() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      measure(namespace.openTap("tap0", 1, "10.9.0.1/24"), null);
    }
  }

  @Test
  @RequiresRoot
  void overPacketSockets() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace
          .shell(
              "ip link add veth0 type veth peer name veth1"
                  + " && ip link set veth0 up && ip link set veth1 up")
          .check();
      measure(
          namespace.call(() -> PacketSocketWire.open("veth0", 1)),
          namespace.call(() -> PacketSocketWire.open("veth1", 1)));
    }
  }

  @Test
  @RequiresRoot
  void overXdpSockets() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace
          .shell(
              "ip link add veth0 type veth peer name veth1"
                  + " && ip link set veth0 up && ip link set veth1 up")
          .check();
      XdpConfig config = XdpConfig.defaults(1);
      measure(
          namespace.call(() -> XdpWire.open("veth0", config, XdpSteering.everything())),
          namespace.call(() -> XdpWire.open("veth1", config, XdpSteering.everything())));
    }
  }
}
