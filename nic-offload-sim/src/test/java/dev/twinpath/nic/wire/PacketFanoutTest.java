package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With several queues, all of a flow comes to one of them, and nothing comes twice. */
@RequiresRoot
class PacketFanoutTest {
  private static final int FLOWS = 64;
  private static final int ROUNDS = 5;

  @Test
  void aFlowStaysOnItsQueue() {
    try (VethPair pair = new VethPair();
        PacketSocketWire sender = pair.left().call(() -> PacketSocketWire.open(VethPair.LEFT, 1));
        PacketSocketWire receiver =
            pair.right().call(() -> PacketSocketWire.open(VethPair.RIGHT, 4));
        PacketSocketWire another =
            pair.right().call(() -> PacketSocketWire.open(VethPair.RIGHT, 2));
        Arena arena = Arena.ofShared()) {
      assertThat(another.queues()).as("a group of its own on the same interface").isEqualTo(2);
      long slab = arena.allocate(2000, 64).address();
      Frame frame = new Frame();
      for (int round = 0; round < ROUNDS; round++) {
        for (int flow = 0; flow < FLOWS; flow++) {
          int headers = Packets.udp4(slab, 5000 + flow, 20, Packets.PEER_MAC);
          frame.clear();
          frame.add(slab, headers + 20);
          frame.requestChecksum(Packets.TRANSPORT4, 6);
          assertThat(sender.queue(0).transmit(frame)).isZero();
        }
      }
      Map<Integer, Integer> queueOfFlow = new HashMap<>();
      Map<Integer, Integer> framesOfQueue = new HashMap<>();
      long buffer = arena.allocate(2000, 64).address();
      ParsedPacket packet = new ParsedPacket();
      for (int queue = 0; queue < receiver.queues(); queue++) {
        int length = receiver.queue(queue).receive(buffer, 2000, frame);
        while (length > 0) {
          packet.parse(buffer, length);
          if (packet.isUdp()) {
            Integer before = queueOfFlow.put(packet.destinationPort(), queue);
            assertThat(before).isIn(null, queue);
            framesOfQueue.merge(queue, 1, Integer::sum);
          }
          length = receiver.queue(queue).receive(buffer, 2000, frame);
        }
      }
      assertThat(queueOfFlow).hasSize(FLOWS);
      assertThat(framesOfQueue).as("64 flows over 4 queues").hasSize(4);
      int frames = framesOfQueue.values().stream().mapToInt(Integer::intValue).sum();
      assertThat(frames).isEqualTo(FLOWS * ROUNDS);
    }
  }
}
