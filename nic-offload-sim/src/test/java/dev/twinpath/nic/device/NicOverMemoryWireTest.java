package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost.Completed;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.Packets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NicOverMemoryWireTest {
  private TestHost left;
  private TestHost right;

  @BeforeEach
  void plugIn() {
    MemoryWire.Pair pair = MemoryWire.pair();
    left = new TestHost(Packets.OUR_MAC, pair.left());
    right = new TestHost(Packets.PEER_MAC, pair.right());
  }

  @AfterEach
  void unplug() {
    left.close();
    right.close();
  }

  @Test
  void gathersPiecesAndCutsNothingOnAWireThatTakesThemWhole() {
    byte[] payload = new byte[60_000];
    new Random(1).nextBytes(payload);
    Memory.copy(payload, 0, left.slab + 4096, payload.length);
    int headers =
        Packets.tcp4(left.slab, 77, TcpHeader.ACK, new byte[0], payload.length, Packets.PEER_MAC);
    TransmitQueue tx = left.queue.transmit();
    int before = tx.freeDescriptors();
    tx.begin(
        TransmitQueue.CHECKSUM | TransmitQueue.TSO4,
        1448,
        headers,
        Packets.TRANSPORT4,
        TcpHeader.CHECKSUM_OFFSET,
        0);
    tx.add(left.slabRegion, 0, headers);
    tx.add(left.slabRegion, 4096, 50_001);
    tx.add(left.slabRegion, 4096 + 50_001, 9_999);
    tx.end(42);
    tx.doorbell();
    assertThat(tx.freeDescriptors()).isEqualTo(before - 4);
    left.poll();
    right
        .queue
        .flowTable()
        .insert(
            Ipv4Header.PROTOCOL_TCP,
            Packets.PEER_ADDRESS,
            Packets.PEER_PORT,
            Packets.OUR_ADDRESS,
            Packets.OUR_PORT,
            5);
    right.poll();

    assertThat(left.completed).containsExactly(new Completed(42, TransmitStatus.OK));
    assertThat(tx.freeDescriptors()).isEqualTo(before);
    assertThat(right.received).hasSize(1);
    TestHost.Received frame = right.received.get(0);
    assertThat(frame.flags()).isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_OK);
    assertThat(frame.flowTag()).isEqualTo(5);
    assertThat(Arrays.copyOfRange(frame.bytes(), headers, frame.bytes().length)).isEqualTo(payload);
    assertThat(left.queue.counters().transmittedFrames()).isEqualTo(42);
    assertThat(left.queue.counters().softwareSegments()).isZero();
    assertThat(left.queue.counters().deviceNanos()).isPositive();
  }

  @Test
  void aFullWireKeepsThePacketsAndTheirOrder() {
    byte[] frame = new byte[1000];
    for (int i = 0; i < 900; i++) {
      Memory.copy(frame, 0, left.slab, frame.length);
      left.queue.transmit().begin(0, 0, 0, 0, 0, 0);
      left.queue.transmit().add(left.slabRegion, 0, frame.length);
      left.queue.transmit().end(i);
    }
    left.queue.transmit().doorbell();
    int rounds = 0;
    while (right.received.size() < 900 && rounds++ < 10_000) {
      left.poll();
      right.poll();
    }
    assertThat(right.received).hasSize(900);
    assertThat(left.completed).extracting(Completed::cookie).isSorted().hasSize(900);
  }

  @Test
  void aSleeperIsWokenByTheOtherEnd() {
    assertThat(right.queue.armInterrupt()).isTrue();
    right.queue.disarmInterrupt();
    left.send(new byte[60]);
    assertThat(right.queue.armInterrupt()).isFalse();
    right.poll();
    assertThat(right.received).hasSize(1);
  }

  @Test
  void nobodySleepsOverPacketsThatTheDeviceHasNotSeen() {
    left.queue.transmit().begin(0, 0, 0, 0, 0, 0);
    left.queue.transmit().add(left.slabRegion, 0, 60);
    left.queue.transmit().end(1);
    assertThat(left.queue.armInterrupt()).as("before the doorbell").isTrue();
    left.queue.disarmInterrupt();
    left.queue.transmit().doorbell();
    assertThat(left.queue.armInterrupt()).as("after it").isFalse();
    left.poll();
    assertThat(left.queue.armInterrupt()).as("sent").isTrue();
    left.queue.disarmInterrupt();
  }
}
