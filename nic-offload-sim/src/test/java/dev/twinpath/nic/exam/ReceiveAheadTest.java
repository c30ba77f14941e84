package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.flow.SteeringAction;
import dev.twinpath.nic.flow.SteeringRule;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Several frames are received before the first is steered: the order stays, each gets what is its
 * own, and a buffer whose frame went elsewhere is used for the next one.
 */
class ReceiveAheadTest {
  private static final int FLOWS = 20_000;
  private static final ReceiveOptions OPTIONS =
      ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF);

  private ReceiveHost host;

  @AfterEach
  void close() {
    host.close();
  }

  private static byte[] numbered(int protocol, int number) {
    ExamFrame frame = ExamFrame.v4(protocol);
    frame.payload = new byte[100];
    ExamFrame.put32(frame.payload, 0, number);
    return frame.build();
  }

  private static int number(ReceiveHost.Packet packet) {
    return ExamFrame.get32(packet.bytes(), packet.bytes().length - 100);
  }

  @Test
  void framesThatAreDroppedInBetweenCostNoBuffer() {
    host = new ReceiveHost(OPTIONS, 4, 2048, false);
    host.reposts = false;
    host.nic.steering().rules().add(SteeringRule.all(SteeringAction.drop()).protocol(17));
    Random random = new Random(7);
    int wanted = 0;
    for (int i = 0; i < 1_000; i++) {
      boolean dropped = random.nextInt(3) > 0;
      host.give(numbered(dropped ? ExamFrame.UDP : ExamFrame.TCP, dropped ? -1 : wanted));
      wanted += dropped ? 0 : 1;
    }
    List<Integer> numbers = new ArrayList<>();
    for (int round = 0; round < 1_000 && numbers.size() < wanted; round++) {
      List<ReceiveHost.Packet> packets = List.copyOf(host.receive(0));
      assertThat(packets).hasSizeLessThanOrEqualTo(4);
      packets.forEach(packet -> numbers.add(number(packet)));
      // Those that did not come back are still with the device.
      for (ReceiveHost.Packet packet : packets) {
        host.post((int) (packet.payloadAddress() - host.memory()) / 2048);
      }
    }
    assertThat(numbers).hasSize(wanted);
    for (int i = 0; i < wanted; i++) {
      assertThat(numbers.get(i)).isEqualTo(i);
    }
    assertThat(host.counters().steeringDrops()).isEqualTo(1_000 - wanted);
  }

  @Test
  void eachOfManyFlowsGetsItsTag() {
    host = new ReceiveHost(OPTIONS, 64, 2048, false);
    try (Arena arena = Arena.ofConfined()) {
      long local = arena.allocate(32).address();
      for (int i = 0; i < FLOWS; i++) {
        ExamFrame frame = flow(i);
        byte[] source = frame.sourceAddress();
        byte[] destination = frame.destinationAddress();
        if (frame.ipv6) {
          Memory.copy(destination, 0, local, 16);
          Memory.copy(source, 0, local + 16, 16);
          host.queue
              .flowTable()
              .insert6(6, local, frame.destinationPort, local + 16, frame.sourcePort, i);
        } else {
          host.queue
              .flowTable()
              .insert(
                  6,
                  ExamFrame.get32(destination, 0),
                  frame.destinationPort,
                  ExamFrame.get32(source, 0),
                  frame.sourcePort,
                  i);
        }
      }
    }
    Random random = new Random(8);
    for (int round = 0; round < 50; round++) {
      List<Integer> expected = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int flow = random.nextInt(FLOWS + 100);
        expected.add(flow < FLOWS ? flow : -1);
        host.give(flow(flow).build());
      }
      assertThat(host.receive(0).stream().map(ReceiveHost.Packet::flowTag)).isEqualTo(expected);
    }
  }

  private static ExamFrame flow(int number) {
    ExamFrame frame = ExamFrame.of(number % 2 == 1, ExamFrame.TCP);
    frame.sourcePort = 1024 + number;
    frame.payload = new byte[10];
    return frame;
  }

  @Test
  void buffersWithAndWithoutOneForTheHeadersMayBeMixed() {
    host = new ReceiveHost(OPTIONS, 24, 2048, false);
    host.reposts = false;
    host.give(numbered(ExamFrame.TCP, -1)).receive(0);
    for (int i = 0; i < 24; i++) {
      host.give(numbered(ExamFrame.TCP, i));
    }
    host.receive(0);
    Random random = new Random(9);
    for (int i = 0; i < 24; i++) {
      host.split = random.nextBoolean();
      host.post(i);
    }
    for (int i = 0; i < 23; i++) {
      host.give(numbered(ExamFrame.TCP, 23 + 1 + i));
    }
    List<ReceiveHost.Packet> packets = host.receive(0);
    assertThat(packets).hasSize(24);
    for (int i = 0; i < 24; i++) {
      assertThat(number(packets.get(i))).isEqualTo(23 + i);
    }
    assertThat(packets.stream().map(ReceiveHost.Packet::headerLength))
        .contains(0)
        .anyMatch(length -> length > 0);
  }

  @Test
  void memoryThatIsTakenAwayComesBackUnused() {
    host = new ReceiveHost(OPTIONS, 8, 2048, false);
    host.reposts = false;
    host.nic.steering().rules().add(SteeringRule.all(SteeringAction.drop()).protocol(17));
    // These buffers are loaded and not used.
    for (int i = 0; i < 8; i++) {
      host.give(numbered(ExamFrame.UDP, i));
    }
    assertThat(host.receive(0)).isEmpty();
    host.forbidBuffers();
    host.give(numbered(ExamFrame.TCP, 1));
    assertThat(host.receive(0)).hasSize(8).allMatch(packet -> packet.bytes().length == 0);
    assertThat(host.counters().regionsRefused()).isEqualTo(8);
  }
}
