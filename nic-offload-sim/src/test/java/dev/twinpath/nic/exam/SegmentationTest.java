package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.packet.VlanTag;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The segmentation exam, after what Linux asks of its NICs in {@code
 * tools/testing/selftests/drivers/net/hw/tso.py}: packets behind every header that may stand before
 * the payload are cut, counted, and refused where they cannot be. Each frame on the wire must be,
 * byte by byte, one that was built from its fields.
 */
class SegmentationTest {
  private static final int HOP_BY_HOP = 0;
  private static final int ROUTING = 43;
  private static final int AUTHENTICATION = 51;
  private static final int DESTINATION = 60;

  private final RecordingWire wire = new RecordingWire(false, false);
  private final TestHost host =
      new TestHost(NicConfig.defaults(Packets.OUR_MAC).withMtu(9000), wire);
  private final Random random = new Random(20261120);

  @AfterEach
  void close() {
    host.close();
  }

  private void becomes(UncutPacket packet) {
    becomes(packet, packet.segments());
  }

  private void becomes(UncutPacket packet, List<byte[]> expected) {
    assertThat(host.completed).containsExactly(new TestHost.Completed(1, TransmitStatus.OK));
    assertThat(wire.sent).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(wire.sent.get(i)).as("frame %d", i).isEqualTo(expected.get(i));
    }
    assertThat(wire.partial).doesNotContain(true);
    wire.sent.clear();
    wire.partial.clear();
    host.completed.clear();
  }

  private void isRefused(ExamFrame frame, int payload, int size, int status) {
    UncutPacket.random(frame, random, payload, size).send(host);
    assertThat(host.completed).containsExactly(new TestHost.Completed(1, status));
    assertThat(wire.sent).isEmpty();
    host.completed.clear();
  }

  private UncutPacket random(ExamFrame frame, int payload, int size) {
    return UncutPacket.random(frame, random, payload, size);
  }

  private static byte[] nops(int length) {
    byte[] options = new byte[length];
    Arrays.fill(options, (byte) 1);
    return options;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tcpAndUdpOfManySizes(boolean ipv6) {
    for (int protocol : new int[] {ExamFrame.TCP, ExamFrame.UDP}) {
      for (int i = 0; i < 60; i++) {
        ExamFrame frame = ExamFrame.of(ipv6, protocol);
        frame.sequence = random.nextInt();
        frame.identification = 65535 - random.nextInt(20);
        frame.flags = random.nextInt(256) & ~(ExamFrame.SYN | ExamFrame.RST);
        if (protocol == ExamFrame.TCP) {
          frame.options = nops(4 * random.nextInt(11));
        }
        int size = 1 + random.nextInt(8900);
        int payload = 1 + random.nextInt(Math.min(65_415, 30 * size));
        UncutPacket packet = random(frame, payload, size);
        packet.send(host);
        becomes(packet);
      }
    }
    assertThat(host.queue.counters().softwareSegments()).isPositive();
  }

  @Test
  void flagsStandWhereTheyBelong() {
    for (int flags = 0; flags < 256; flags++) {
      ExamFrame frame = ExamFrame.v4(ExamFrame.TCP);
      frame.flags = flags;
      UncutPacket packet = random(frame, 2500, 1000);
      packet.send(host);
      assertThat(wire.sent).hasSize(3);
      assertThat(wire.sent.get(0)[47] & (ExamFrame.FIN | ExamFrame.PSH)).isZero();
      assertThat(wire.sent.get(1)[47] & ExamFrame.CWR).isZero();
      becomes(packet);
    }
  }

  @Test
  void everyIpHeaderThatIsRepeated() {
    ExamFrame options4 = ExamFrame.v4(ExamFrame.TCP);
    options4.ipOptions = nops(40);
    options4.options = nops(40);
    ExamFrame udp4 = ExamFrame.v4(ExamFrame.UDP);
    udp4.ipOptions = nops(8);
    ExamFrame chain =
        ExamFrame.v6(ExamFrame.TCP)
            .extension(HOP_BY_HOP, new byte[] {0, 0, 1, 4, 0, 0, 0, 0})
            .extension(DESTINATION, new byte[] {0, 0, 1, 4, 0, 0, 0, 0});
    // A routing header of 24 bytes whose stops were all visited.
    byte[] routing = new byte[24];
    routing[1] = 2;
    ExamFrame visited = ExamFrame.v6(ExamFrame.UDP).extension(ROUTING, routing);
    for (ExamFrame frame : List.of(options4, udp4, chain, visited)) {
      UncutPacket packet = random(frame, 20_001, 1400);
      packet.send(host);
      becomes(packet);
    }
  }

  @Test
  void tagsAreInEverySegment() {
    for (boolean ipv6 : new boolean[] {false, true}) {
      ExamFrame single = ExamFrame.of(ipv6, ExamFrame.TCP).tag(VlanTag.TYPE_CUSTOMER, 0x6064);
      ExamFrame both =
          ExamFrame.of(ipv6, ExamFrame.UDP)
              .tag(VlanTag.TYPE_SERVICE, 7)
              .tag(VlanTag.TYPE_CUSTOMER, 100);
      for (ExamFrame frame : List.of(single, both)) {
        UncutPacket packet = random(frame, 30_000, 1448);
        packet.send(host);
        becomes(packet);
      }
    }
  }

  @Test
  void aTagIsInserted() {
    for (int payload : new int[] {100, 10_000}) {
      UncutPacket untagged = random(ExamFrame.v4(ExamFrame.TCP), payload, 1448);
      untagged.write(host);
      untagged.begin(host, 0);
      host.queue.transmit().insertVlan(0xa123);
      untagged.add(host, 0, untagged.totalLength());
      untagged.end(host);
      untagged.frame.tag(VlanTag.TYPE_CUSTOMER, 0xa123);
      becomes(untagged);
    }
  }

  @Test
  void headersAndPayloadInAnyPieces() {
    int limit = host.nic.capabilities().maxSegmentsPerPacket();
    for (int i = 0; i < 200; i++) {
      ExamFrame frame = ExamFrame.of(random.nextBoolean(), ExamFrame.TCP);
      frame.options = nops(12);
      UncutPacket packet = random(frame, 1 + random.nextInt(20_000), 1000);
      packet.write(host);
      packet.begin(host, 0);
      int at = 0;
      // A piece may become two, where headers and payload meet.
      for (int pieces = 1 + random.nextInt(limit - 1); pieces > 0; pieces--) {
        int left = packet.totalLength() - at;
        int most = i % 2 == 0 ? left / pieces : Math.min(left, 7);
        int length = pieces == 1 ? left : random.nextInt(most + 1);
        if (length == 0) {
          host.queue.transmit().add(host.slabRegion, 0, 0);
        }
        packet.add(host, at, length);
        at += length;
      }
      packet.end(host);
      becomes(packet);
    }
  }

  @Test
  void whatCannotBeCut() {
    int bad = TransmitStatus.BAD_DESCRIPTOR;
    byte[] toVisit = new byte[24];
    toVisit[1] = 2;
    toVisit[3] = 1;
    isRefused(ExamFrame.v6(ExamFrame.TCP).extension(ROUTING, toVisit), 5000, 1000, bad);
    isRefused(ExamFrame.v6(ExamFrame.TCP).fragment6(0, true), 5000, 1000, bad);
    byte[] authentication = new byte[24];
    authentication[1] = 4;
    isRefused(
        ExamFrame.v6(ExamFrame.TCP).extension(AUTHENTICATION, authentication), 5000, 1000, bad);
    ExamFrame fragment = ExamFrame.v4(ExamFrame.TCP);
    fragment.fragment = 0x2000;
    isRefused(fragment, 5000, 1000, bad);
    isRefused(ExamFrame.v4(ExamFrame.TCP), 5000, 0, bad);
    assertThat(host.queue.counters().badDescriptors()).isEqualTo(5);
  }

  @Test
  void whatIsTooLong() {
    int tooLong = TransmitStatus.TOO_LONG;
    int limit = host.nic.capabilities().maxTsoBytes();
    for (int protocol : new int[] {ExamFrame.TCP, ExamFrame.UDP}) {
      isRefused(ExamFrame.v4(protocol), limit + 1, 8000, tooLong);
      isRefused(ExamFrame.v6(protocol), limit + 1, 8000, tooLong);
      isRefused(ExamFrame.v4(protocol), 20_000, 9001, tooLong);
      UncutPacket longest = random(ExamFrame.v4(protocol), limit, 8000);
      longest.send(host);
      becomes(longest);
    }
    int count = Segmentation.MAX_SEGMENT_COUNT;
    isRefused(ExamFrame.v4(ExamFrame.TCP), count + 1, 1, tooLong);
    UncutPacket most = random(ExamFrame.v4(ExamFrame.TCP), count, 1);
    most.send(host);
    becomes(most);
    assertThat(host.queue.counters().tooLong()).isEqualTo(7);
  }

  @Test
  void theWrongKindOfPacket() {
    // UDP to be cut as TCP, IPv6 as IPv4, and so on: the offload is not what the headers are.
    ExamFrame udp = ExamFrame.v4(ExamFrame.UDP);
    ExamFrame tcp6 = ExamFrame.v6(ExamFrame.TCP);
    for (ExamFrame frame : List.of(udp, tcp6)) {
      UncutPacket packet = random(frame, 4000, 1000);
      packet.write(host);
      host.queue
          .transmit()
          .begin(
              TransmitQueue.TSO4,
              1000,
              packet.headerLength(),
              frame.transportOffset(),
              frame.protocol == ExamFrame.TCP ? 16 : 6,
              0);
      packet.add(host, 0, packet.totalLength());
      packet.end(host);
    }
    assertThat(wire.sent).isEmpty();
    assertThat(host.completed).allMatch(c -> c.status() == TransmitStatus.BAD_DESCRIPTOR);
  }

  @Test
  void aWireThatCutsGetsThePacketUncut() {
    RecordingWire hardware = new RecordingWire(true, true);
    try (TestHost other = new TestHost(Packets.OUR_MAC, hardware)) {
      int sent = 0;
      for (boolean ipv6 : new boolean[] {false, true}) {
        for (int protocol : new int[] {ExamFrame.TCP, ExamFrame.UDP}) {
          UncutPacket packet = random(ExamFrame.of(ipv6, protocol), 10_000, 1400);
          packet.send(other);
          sent++;
          assertThat(hardware.sent).hasSize(sent);
          assertThat(hardware.sent.get(sent - 1)).hasSize(packet.totalLength());
          // The length of the whole is in the headers, for whoever cuts it.
          byte[] frame = hardware.sent.get(sent - 1);
          int length = ExamFrame.get16(frame, ipv6 ? 18 : 16) + (ipv6 ? 54 : 14);
          assertThat(length).isEqualTo(packet.totalLength());
          if (protocol == ExamFrame.UDP) {
            assertThat(ExamFrame.get16(frame, packet.frame.transportOffset() + 4))
                .isEqualTo(10_008);
          }
        }
      }
      assertThat(other.queue.counters().segmentationOffloads()).isEqualTo(4);
      assertThat(other.queue.counters().transmittedFrames()).isEqualTo(4 * 8);
      assertThat(other.queue.counters().softwareSegments()).isZero();
    }
  }
}
