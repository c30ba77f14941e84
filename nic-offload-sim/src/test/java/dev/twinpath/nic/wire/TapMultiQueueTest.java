package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** The kernel sends a flow's packets to the queue that the flow's last packet came from. */
@RequiresRoot
class TapMultiQueueTest {
  private static final int BUFFER = 4096;
  private static final int UDP = 17;

  private long memory;
  private int region;

  @Test
  void aFlowFollowsTheQueueThatSends() throws IOException {
    try (Arena arena = Arena.ofShared();
        NetworkNamespace namespace = NetworkNamespace.create();
        Nic nic =
            new Nic(
                NicConfig.defaults(Packets.OUR_MAC).withQueuePairs(2),
                namespace.openTap("tap0", 2, "10.9.0.1/24"));
        DatagramSocket socket =
            namespace.call(() -> new DatagramSocket(new InetSocketAddress("10.9.0.1", 40_000)))) {
      String mac = EthernetHeader.format(Packets.OUR_MAC);
      namespace
          .exec("ip", "neigh", "add", "10.9.0.2", "lladdr", mac, "dev", "tap0", "nud", "permanent")
          .check();
      memory = arena.allocate(16L * BUFFER, 4096).address();
      region =
          nic.memory()
              .register(memory, 16L * BUFFER, RegisteredMemory.READ | RegisteredMemory.WRITE);
      for (int i = 0; i < 4; i++) {
        nic.queuePair(i & 1).receive().post(region, (long) i * BUFFER, BUFFER, i);
      }
      long kernelMac = namespace.macAddress("tap0");
      for (int round = 0; round < 20; round++) {
        int queue = round / 3 & 1;
        take(nic, queue);
        sendFrom(nic.queuePair(queue), kernelMac);
        byte[] payload = {(byte) round};
        socket.send(
            new DatagramPacket(payload, 1, InetAddress.getByName("10.9.0.2"), Packets.OUR_PORT));
        assertThat(datagramsOn(nic.queuePair(queue))).as("round %d", round).isEqualTo(1);
        assertThat(datagramsOn(nic.queuePair(1 - queue))).as("round %d", round).isZero();
      }
      for (int i = 0; i < 2; i++) {
        NicCounters counters = nic.queuePair(i).counters();
        assertThat(counters.flowMatches()).as("straight to queue %d", i).isGreaterThanOrEqualTo(9);
        assertThat(counters.crossbarOut())
            .as("copies of ARP alone")
            .isEqualTo(counters.everybody());
      }
      socket.setSoTimeout(1000);
      DatagramPacket received = new DatagramPacket(new byte[100], 100);
      socket.receive(received);
      assertThat(received.getLength()).isEqualTo(5);
    }
  }

  /** The flow becomes this queue's in the NIC's table, whatever its hash. */
  private static void take(Nic nic, int queue) {
    int kernel = 0x0a090001;
    int ours = Packets.OUR_ADDRESS;
    nic.queuePair(1 - queue).flowTable().remove(UDP, ours, Packets.OUR_PORT, kernel, 40_000);
    assertThat(
            nic.queuePair(queue).flowTable().insert(UDP, ours, Packets.OUR_PORT, kernel, 40_000, 1))
        .isTrue();
  }

  private void sendFrom(QueuePair queue, long kernelMac) {
    long at = memory + 8L * BUFFER;
    int headers = Packets.udp4(at, 40_000, 5, kernelMac);
    TransmitQueue tx = queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM, 0, headers, Packets.TRANSPORT4, UdpHeader.CHECKSUM_OFFSET, 0);
    tx.add(region, 8L * BUFFER, headers + 5);
    tx.end(0);
    tx.doorbell();
    queue.doWork(0);
    tx.poll((cookie, status) -> assertThat(status).isZero(), 1);
  }

  private int datagramsOn(QueuePair queue) {
    int[] count = {0};
    while (queue.doWork(0) > 0 || queue.receive().hasFrames()) {
      queue
          .receive()
          .poll(
              (id, length, flags, tag) -> {
                long frame = memory + (long) id * BUFFER;
                if (EthernetHeader.type(frame) == EthernetHeader.TYPE_IPV4
                    && Memory.getByte(frame + 23) == 17) {
                  count[0]++;
                }
                queue.receive().post(region, (long) id * BUFFER, BUFFER, id);
              },
              16);
    }
    return count[0];
  }
}
