package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.offload.ReceiveFlags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VLAN tags and missing buffers. */
class ReceiveOptionsTest {
  private static final int VLAN = 0x8100;
  private static final int SERVICE_VLAN = 0x88a8;
  private static final ReceiveOptions OFF =
      ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF);

  private ReceiveHost host;

  @AfterEach
  void unplug() {
    host.close();
  }

  private void plug(ReceiveOptions options, boolean split) {
    host = new ReceiveHost(options, 4, 4096, split);
  }

  private static ExamFrame frame() {
    ExamFrame frame = ExamFrame.v4(ExamFrame.TCP);
    frame.payload = new byte[] {1, 2, 3, 4, 5};
    return frame;
  }

  private ReceiveHost.Packet receive(ExamFrame frame) {
    host.give(frame.build());
    assertThat(host.receive(0)).hasSize(1);
    return host.packets.get(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theOuterTagIsTakenOff(boolean split) {
    plug(OFF.withVlanStripping(true), split);
    ReceiveHost.Packet packet = receive(frame().tag(VLAN, 0x6064));
    assertThat(packet.bytes()).isEqualTo(frame().build());
    assertThat(packet.vlan()).isEqualTo(0x6064);
    assertThat(packet.flags())
        .isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_OK | ReceiveFlags.VLAN_STRIPPED);
    packet = receive(frame().tag(VLAN, 7).tag(VLAN, 8));
    assertThat(packet.bytes()).as("only the outer one").isEqualTo(frame().tag(VLAN, 8).build());
    assertThat(packet.vlan()).isEqualTo(7);
    packet = receive(frame().tag(SERVICE_VLAN, 7).tag(VLAN, 8));
    assertThat(packet.vlan()).as("a provider's tag stays").isZero();
    assertThat(packet.flags() & ReceiveFlags.VLAN_STRIPPED).isZero();
    packet = receive(frame());
    assertThat(packet.bytes()).as("no tag").isEqualTo(frame().build());
    assertThat(packet.flags() & ReceiveFlags.VLAN_STRIPPED).isZero();
    assertThat(host.counters().vlanStripped()).isEqualTo(2);
  }

  @Test
  void tagsStayUnlessAskedFor() {
    plug(OFF, false);
    assertThat(receive(frame().tag(VLAN, 7)).bytes()).isEqualTo(frame().tag(VLAN, 7).build());
  }

  @Test
  void joinedSegmentsHaveTheSameTag() {
    plug(OFF.withCoalescing(CoalescingMode.ON).withVlanStripping(true), false);
    for (int i = 0; i < 4; i++) {
      ExamFrame piece = frame().tag(VLAN, i < 2 ? 7 : 8);
      piece.sequence += i * 5;
      host.give(piece.build());
    }
    assertThat(host.receive(0)).hasSize(2).allMatch(p -> p.segments() == 2);
    assertThat(host.packets).extracting(ReceiveHost.Packet::vlan).containsExactly(7, 8);
    ExamFrame whole = frame();
    whole.payload = new byte[] {1, 2, 3, 4, 5, 1, 2, 3, 4, 5};
    assertThat(host.packets.get(0).bytes()).isEqualTo(whole.build());
  }

  @Test
  void onlyPermittedVlansComeIn() {
    plug(OFF.withVlanFilter(7, 4094), false);
    for (int control : new int[] {7, 0xe007, 4094, 0, 0x2000}) {
      assertThat(receive(frame().tag(VLAN, control)).bytes()).isNotEmpty();
    }
    assertThat(receive(frame()).bytes()).as("no tag").isNotEmpty();
    for (int control : new int[] {8, 1, 4095, 0xe008}) {
      host.give(frame().tag(VLAN, control).build());
      assertThat(host.receive(0)).isEmpty();
    }
    host.give(frame().tag(SERVICE_VLAN, 8).tag(VLAN, 7).build());
    assertThat(host.receive(0)).as("the outer tag counts").isEmpty();
    assertThat(host.counters().vlanFiltered()).isEqualTo(5);
    assertThat(host.counters().receivedPackets()).isEqualTo(6);
  }

  @Test
  void framesWaitForABuffer() {
    plug(OFF, false);
    host.reposts = false;
    for (int i = 0; i < 10; i++) {
      host.give(frame().build());
    }
    assertThat(host.receive(0)).hasSize(4);
    assertThat(host.receive(0)).isEmpty();
    assertThat(host.counters().noReceiveBuffer()).isPositive();
    assertThat(host.counters().noBufferDrops()).isZero();
    host.post(0);
    assertThat(host.receive(0)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void orAreDroppedAsHardwareDoes(boolean coalescing) {
    plug(
        OFF.withDropWithoutBuffer(true)
            .withCoalescing(coalescing ? CoalescingMode.ON : CoalescingMode.OFF),
        false);
    host.reposts = false;
    for (int i = 0; i < 10; i++) {
      ExamFrame frame = frame();
      frame.sourcePort = 1000 + i;
      host.give(frame.build());
    }
    assertThat(host.receive(0)).hasSize(4);
    assertThat(host.counters().noBufferDrops()).isEqualTo(6);
    host.post(0);
    assertThat(host.receive(0)).as("nothing waited").isEmpty();
    ExamFrame tooLate = frame();
    assertThat(receive(tooLate).bytes()).isEqualTo(tooLate.build());
  }

  @Test
  void nonsenseIsRefused() {
    plug(OFF, false);
    assertThatThrownBy(() -> OFF.withVlanFilter(4095)).hasMessageContaining("1 to 4094");
    assertThatThrownBy(() -> OFF.withCoalescingLimits(0, 2, 0)).hasMessageContaining("1 to 64");
    assertThatThrownBy(() -> OFF.withCoalescingLimits(1, 1, 0)).hasMessageContaining("2 to 1024");
    assertThatThrownBy(() -> OFF.withCoalescingLimits(1, 2, -1)).hasMessageContaining("0 to 1 s");
  }
}
