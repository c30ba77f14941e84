package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.offload.ReceiveFlags;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers in one buffer, the payload alone at the beginning of another. */
class HeaderSplitTest {
  private static final int PAGE = 4096;

  private final Random random = new Random(20261120);
  private ReceiveHost host =
      new ReceiveHost(ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF), 8, PAGE, true);

  @AfterEach
  void unplug() {
    host.close();
  }

  private ExamFrame frame(boolean ipv6, int protocol, int payload) {
    ExamFrame frame = ExamFrame.of(ipv6, protocol);
    frame.payload = new byte[payload];
    random.nextBytes(frame.payload);
    return frame;
  }

  private ReceiveHost.Packet receive(byte[] frame) {
    host.give(frame);
    assertThat(host.receive(0)).hasSize(1);
    return host.packets.get(0);
  }

  /** The payload fills a page to the byte: it could be mapped into a file's cache as it is. */
  @ParameterizedTest
  @CsvSource({"false,6", "false,17", "true,6", "true,17"})
  void thePayloadFillsAPageOfItsOwn(boolean ipv6, int protocol) {
    ExamFrame exam = frame(ipv6, protocol, PAGE);
    byte[] frame = exam.build();
    ReceiveHost.Packet packet = receive(frame);
    assertThat(packet.bytes()).isEqualTo(frame);
    assertThat(packet.headerLength()).isEqualTo(frame.length - PAGE);
    assertThat(packet.payloadAddress() % PAGE).isZero();
    assertThat(host.counters().headersSplit()).isEqualTo(1);
  }

  @Test
  void aPacketWithoutPayloadIsAllHeaders() {
    byte[] frame = frame(false, ExamFrame.TCP, 0).build();
    ReceiveHost.Packet packet = receive(frame);
    assertThat(packet.bytes()).isEqualTo(frame);
    assertThat(packet.headerLength()).isEqualTo(frame.length);
  }

  @Test
  void paddingIsNoPayload() {
    ExamFrame exam = frame(false, ExamFrame.UDP, 3);
    byte[] frame = exam.build();
    exam.trailer = new byte[15];
    assertThat(receive(exam.build()).bytes()).isEqualTo(frame);
  }

  @Test
  void whatIsNoTcpOrUdpComesWhole() {
    byte[] arp = new byte[60];
    arp[12] = 8;
    arp[13] = 6;
    assertThat(receive(arp).headerLength()).isZero();
    assertThat(host.packets.get(0).bytes()).isEqualTo(arp);
    ExamFrame fragment = frame(false, ExamFrame.UDP, 100);
    fragment.fragment = 0x2000;
    byte[] bytes = fragment.build();
    assertThat(receive(bytes).headerLength()).isZero();
    assertThat(host.packets.get(0).bytes()).isEqualTo(bytes);
    assertThat(host.counters().headersSplit()).isZero();
  }

  @Test
  void headersThatAreTooLongForTheirBufferComeWhole() {
    ExamFrame exam = frame(true, ExamFrame.TCP, 100);
    exam.extension(60, new byte[176]);
    exam.extension(60, new byte[8]);
    byte[] most = lengths(exam, 0, 21);
    assertThat(most).hasSize(14 + 40 + 176 + 8 + 20 + 100);
    assertThat(receive(most).headerLength()).as("258 bytes").isZero();
    assertThat(host.packets.get(0).bytes()).isEqualTo(most);
    exam = frame(true, ExamFrame.TCP, 100);
    exam.extension(60, new byte[176]);
    byte[] fits = lengths(exam, 0, 21);
    assertThat(receive(fits).headerLength()).isEqualTo(250);
    assertThat(host.packets.get(0).bytes()).isEqualTo(fits);
  }

  /** Sets the first extension header's length field, in units of eight bytes beyond the first. */
  private static byte[] lengths(ExamFrame exam, int at, int units) {
    byte[] frame = exam.build();
    frame[54 + at + 1] = (byte) units;
    return frame;
  }

  @Test
  void aPayloadThatIsTooLongIsDropped() {
    host.give(frame(false, ExamFrame.TCP, PAGE + 1).build());
    assertThat(host.receive(0)).isEmpty();
    assertThat(host.counters().receiveTooLong()).isEqualTo(1);
    assertThat(receive(frame(false, ExamFrame.TCP, PAGE).build()).headerLength()).isPositive();
  }

  @Test
  void splitAndWholeBuffersMayFollowEachOther() {
    host.close();
    host =
        new ReceiveHost(
            ReceiveOptions.defaults().withCoalescing(CoalescingMode.OFF), 2, PAGE, true);
    byte[] frame = frame(false, ExamFrame.TCP, 500).build();
    host.split = false;
    assertThat(receive(frame).headerLength()).isPositive();
    assertThat(receive(frame).headerLength()).isPositive();
    assertThat(receive(frame).headerLength()).isZero();
    assertThat(host.packets.get(0).bytes()).isEqualTo(frame);
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void joinedSegmentsFillThePage(boolean ipv6) {
    host.close();
    host =
        new ReceiveHost(ReceiveOptions.defaults().withCoalescing(CoalescingMode.ON), 8, PAGE, true);
    ExamFrame whole = frame(ipv6, ExamFrame.TCP, PAGE);
    for (int i = 0; i < 4; i++) {
      ExamFrame piece = ExamFrame.of(ipv6, ExamFrame.TCP);
      piece.sequence += i * PAGE / 4;
      piece.payload = ExamFrame.slice(whole.payload, i * PAGE / 4, PAGE / 4);
      host.give(piece.build());
    }
    assertThat(host.receive(0)).hasSize(1);
    ReceiveHost.Packet packet = host.packets.get(0);
    assertThat(packet.bytes()).isEqualTo(whole.build());
    assertThat(packet.headerLength()).isEqualTo(ipv6 ? 74 : 54);
    assertThat(packet.segments()).isEqualTo(4);
    assertThat(packet.flags() & ReceiveFlags.COALESCED).isNotZero();
    assertThat(packet.payloadAddress() % PAGE).isZero();
  }
}
