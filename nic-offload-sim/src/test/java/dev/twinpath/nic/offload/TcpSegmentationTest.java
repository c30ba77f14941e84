package dev.twinpath.nic.offload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves a NIC whose wire can neither cut nor sum, field by field. */
class TcpSegmentationTest {
  private static final int ALL_FLAGS =
      TcpHeader.ACK | TcpHeader.PSH | TcpHeader.FIN | TcpHeader.CWR | TcpHeader.ECE;
  private static final int SEQUENCE = 0xffffff00;
  private static final int PAYLOAD_OFFSET = 4096;

  private final RecordingWire wire = new RecordingWire(false, false);
  private final TestHost host =
      new TestHost(NicConfig.defaults(Packets.OUR_MAC).withMtu(9000), wire);
  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    host.close();
    arena.close();
  }

  private byte[] payload(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    Memory.copy(bytes, 0, host.slab + PAYLOAD_OFFSET, length);
    return bytes;
  }

  /** Queues a packet whose payload is in pieces of uneven lengths. */
  private int queue(boolean ipv4, byte[] options, int payload, int segmentSize, int pieces) {
    int headers =
        ipv4
            ? Packets.tcp4(host.slab, SEQUENCE, ALL_FLAGS, options, payload, Packets.PEER_MAC)
            : Packets.tcp6(host.slab, SEQUENCE, ALL_FLAGS, options, payload, Packets.PEER_MAC);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(
        TransmitQueue.CHECKSUM | (ipv4 ? TransmitQueue.TSO4 : TransmitQueue.TSO6),
        segmentSize,
        headers,
        ipv4 ? Packets.TRANSPORT4 : Packets.TRANSPORT6,
        TcpHeader.CHECKSUM_OFFSET,
        0);
    tx.add(host.slabRegion, 0, headers);
    int at = 0;
    for (int i = 0; i < pieces; i++) {
      int length = i == pieces - 1 ? payload - at : (payload / pieces) | 1;
      tx.add(host.slabRegion, PAYLOAD_OFFSET + at, length);
      at += length;
    }
    tx.end(1);
    tx.doorbell();
    return headers;
  }

  private void check(boolean ipv4, byte[] options, byte[] payload, int size, int headers) {
    List<byte[]> frames = wire.sent;
    ParsedPacket packet = new ParsedPacket();
    assertThat(frames).hasSize((payload.length + size - 1) / size);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < frames.size(); i++) {
      byte[] frame = frames.get(i);
      boolean last = i == frames.size() - 1;
      int length = frame.length - headers;
      assertThat(length).isEqualTo(last ? payload.length - i * size : size);
      all.write(frame, headers, length);
      long at = arena.allocate(frame.length, 8).address();
      Memory.copy(frame, 0, at, frame.length);
      packet.parse(at, frame.length);
      assertThat(ChecksumOffload.verify(packet, false))
          .isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_OK);
      long ip = at + EthernetHeader.LENGTH;
      assertThat(EthernetHeader.destination(at)).isEqualTo(Packets.PEER_MAC);
      long tcp = at + (ipv4 ? Packets.TRANSPORT4 : Packets.TRANSPORT6);
      if (ipv4) {
        assertThat(Ipv4Header.totalLength(ip)).isEqualTo(frame.length - EthernetHeader.LENGTH);
        assertThat(Ipv4Header.identification(ip)).isEqualTo(0x1234 + i);
        assertThat(Ipv4Header.flagsAndFragment(ip)).isEqualTo(Ipv4Header.DONT_FRAGMENT);
      } else {
        assertThat(Ipv6Header.payloadLength(ip))
            .isEqualTo(frame.length - EthernetHeader.LENGTH - Ipv6Header.LENGTH);
      }
      assertThat(TcpHeader.sequence(tcp)).isEqualTo(SEQUENCE + i * size);
      assertThat(TcpHeader.acknowledgment(tcp)).isEqualTo(0x01020304);
      assertThat(TcpHeader.window(tcp)).isEqualTo(512);
      int expected =
          TcpHeader.ACK
              | TcpHeader.ECE
              | (i == 0 ? TcpHeader.CWR : 0)
              | (last ? TcpHeader.PSH | TcpHeader.FIN : 0);
      assertThat(TcpHeader.flags(tcp)).isEqualTo(expected);
      assertThat(Memory.toArray(tcp + TcpHeader.MIN_LENGTH, options.length)).isEqualTo(options);
    }
    assertThat(all.toByteArray()).isEqualTo(payload);
    assertThat(wire.partial).doesNotContain(true);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 0, 4344, 1448, 1",
    "true, 12, 4345, 1448, 3",
    "true, 40, 60000, 1420, 7",
    "true, 12, 65415, 8948, 60",
    "true, 0, 3, 1, 1",
    "false, 0, 4344, 1428, 1",
    "false, 12, 4345, 1428, 3",
    "false, 40, 60001, 1400, 7",
  })
  void everySegmentIsAPacketOfItsOwn(
      boolean ipv4, int optionBytes, int length, int size, int pieces) {
    byte[] options = new byte[optionBytes];
    Arrays.fill(options, (byte) 1);
    byte[] payload = payload(length);
    int headers = queue(ipv4, options, length, size, pieces);
    host.poll();
    check(ipv4, options, payload, size, headers);
    assertThat(host.completed).containsExactly(new TestHost.Completed(1, TransmitStatus.OK));
    assertThat(host.queue.counters().softwareSegments()).isEqualTo(wire.sent.size());
    assertThat(host.queue.counters().transmittedPackets()).isEqualTo(1);
    assertThat(host.queue.counters().transmittedFrames()).isEqualTo(wire.sent.size());
  }

  @Test
  void randomSizes() {
    Random random = new Random(2026);
    for (int i = 0; i < 200; i++) {
      wire.sent.clear();
      int size = 1 + random.nextInt(8000);
      int length = Math.min(65415, size + 1 + random.nextInt(30 * size));
      boolean ipv4 = random.nextBoolean();
      byte[] options = new byte[4 * random.nextInt(11)];
      byte[] payload = payload(length);
      int headers = queue(ipv4, options, length, size, 1 + random.nextInt(20));
      host.poll();
      check(ipv4, options, payload, size, headers);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 41, 42})
  void aWireWithoutRoomInTheMiddleGetsEachSegmentOnce(int room) {
    byte[] payload = payload(60_000);
    wire.room = room;
    final int headers = queue(true, new byte[0], payload.length, 1448, 2);
    host.poll();
    assertThat(wire.sent).hasSize(room);
    assertThat(host.completed).hasSize(room >= 42 ? 1 : 0);
    host.poll();
    wire.room = Integer.MAX_VALUE;
    host.poll();
    check(true, new byte[0], payload, 1448, headers);
    assertThat(host.completed).containsExactly(new TestHost.Completed(1, TransmitStatus.OK));
  }

  @Test
  void aWireThatSumsGetsPartialChecksums() {
    RecordingWire sums = new RecordingWire(true, false);
    try (TestHost other = new TestHost(Packets.OUR_MAC, sums)) {
      int headers = Packets.tcp4(other.slab, 1, TcpHeader.ACK, new byte[0], 3000, Packets.PEER_MAC);
      TransmitQueue tx = other.queue.transmit();
      tx.begin(
          TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
      tx.add(other.slabRegion, 0, headers + 3000);
      tx.end(1);
      tx.doorbell();
      other.poll();
      assertThat(sums.sent).hasSize(3);
      assertThat(sums.partial).containsOnly(true);
    }
  }

  @Test
  void aShortPacketIsSummedButNotCut() {
    byte[] payload = payload(1000);
    int headers = queue(true, new byte[0], payload.length, 1448, 1);
    host.poll();
    check(true, new byte[0], payload, 1448, headers);
    assertThat(host.queue.counters().softwareSegments()).isZero();
    assertThat(host.queue.counters().softwareChecksums()).isEqualTo(1);
  }
}
