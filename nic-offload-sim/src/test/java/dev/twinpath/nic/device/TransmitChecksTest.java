package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.twinpath.nic.device.TestHost.Completed;
import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.Packets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A packet that may not be sent is completed with its cause, and hurts no other. */
class TransmitChecksTest {
  private TestHost host;
  private TestHost peer;
  private TransmitQueue tx;
  private NicCounters counters;

  @BeforeEach
  void plugIn() {
    MemoryWire.Pair pair = MemoryWire.pair();
    host = new TestHost(Packets.OUR_MAC, pair.left());
    peer = new TestHost(Packets.PEER_MAC, pair.right());
    tx = host.queue.transmit();
    counters = host.queue.counters();
  }

  @AfterEach
  void unplug() {
    host.close();
    peer.close();
  }

  /** Sends a good packet before and after what the test queued. */
  private void expect(int status) {
    good(8);
    tx.doorbell();
    host.poll();
    peer.poll();
    assertThat(host.completed)
        .containsExactly(
            new Completed(7, TransmitStatus.OK),
            new Completed(666, status),
            new Completed(8, TransmitStatus.OK));
    assertThat(peer.received).hasSize(2);
    assertThat(tx.freeDescriptors()).isEqualTo(tx.capacity());
  }

  private void good(long cookie) {
    tx.begin(0, 0, 0, 0, 0, 0);
    tx.add(host.slabRegion, 0, 60);
    tx.end(cookie);
  }

  private void plain(int region, long offset, int length) {
    good(7);
    tx.begin(0, 0, 0, 0, 0, 0);
    tx.add(region, offset, length);
    tx.end(666);
  }

  @Test
  void memoryThatIsNotRegistered() {
    plain(12345, 0, 60);
    expect(TransmitStatus.REGION_REFUSED);
    assertThat(counters.regionsRefused()).isEqualTo(1);
  }

  @Test
  void aPieceThatReachesOutOfItsRegion() {
    plain(host.slabRegion, TestHost.SLAB - 59, 60);
    expect(TransmitStatus.REGION_REFUSED);
  }

  @Test
  void aNegativeLength() {
    plain(host.slabRegion, 0, -1);
    expect(TransmitStatus.REGION_REFUSED);
  }

  @Test
  void memoryThatTheDeviceMayNotRead() {
    int region = host.nic.memory().register(host.slab, 100, RegisteredMemory.WRITE);
    plain(region, 0, 60);
    expect(TransmitStatus.REGION_REFUSED);
  }

  @Test
  void aFrameLongerThanTheMtu() {
    plain(host.slabRegion, 0, 1500 + 14 + 4 + 1);
    expect(TransmitStatus.TOO_LONG);
    assertThat(counters.tooLong()).isEqualTo(1);
  }

  @Test
  void aFrameShorterThanItsHeader() {
    plain(host.slabRegion, 0, 13);
    expect(TransmitStatus.BAD_DESCRIPTOR);
    assertThat(counters.badDescriptors()).isEqualTo(1);
  }

  @Test
  void aPacketWithoutPieces() {
    good(7);
    tx.begin(0, 0, 0, 0, 0, 0);
    tx.end(666);
    expect(TransmitStatus.BAD_DESCRIPTOR);
  }

  @Test
  void tooManyPieces() {
    good(7);
    tx.begin(0, 0, 0, 0, 0, 0);
    for (int i = 0; i < host.nic.capabilities().maxSegmentsPerPacket() + 1; i++) {
      tx.add(host.slabRegion, 0, 20);
    }
    tx.end(666);
    expect(TransmitStatus.TOO_LONG);
  }

  private int tcp(int payload) {
    return Packets.tcp4(host.slab, 1, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
  }

  private void segmented(int headers, int start, int offset, int size, int payload, int template) {
    good(7);
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, size, headers, start, offset, template);
    tx.add(host.slabRegion, 0, headers);
    tx.add(host.slabRegion, 4096, payload);
    tx.end(666);
  }

  @Test
  void aPacketThatIsTooLongEvenToBeCut() {
    int payload = host.nic.capabilities().maxTsoBytes() + 1;
    segmented(tcp(payload), Packets.TRANSPORT4, 16, 1448, payload, 0);
    expect(TransmitStatus.TOO_LONG);
  }

  @Test
  void segmentsLongerThanTheMtu() {
    segmented(tcp(9000), Packets.TRANSPORT4, 16, 1600, 9000, 0);
    expect(TransmitStatus.TOO_LONG);
  }

  @Test
  void segmentsOfNothing() {
    segmented(tcp(9000), Packets.TRANSPORT4, 16, 0, 9000, 0);
    expect(TransmitStatus.BAD_DESCRIPTOR);
  }

  @Test
  void aChecksumOutsideTheHeaders() {
    segmented(tcp(100), Packets.TRANSPORT4, 60, 1448, 100, 0);
    expect(TransmitStatus.BAD_DESCRIPTOR);
  }

  @Test
  void headersThatAreNotWhereTheHostSays() {
    segmented(tcp(9000), Packets.TRANSPORT4 - 2, 16, 1448, 9000, 0);
    expect(TransmitStatus.BAD_DESCRIPTOR);
  }

  @Test
  void aPacketThatBreaksItsTemplate() {
    int template =
        host.queue
            .sendTemplates()
            .add(
                SendTemplate.ipv4(
                    Packets.OUR_MAC,
                    Packets.PEER_MAC,
                    6,
                    Packets.OUR_ADDRESS,
                    Packets.PEER_ADDRESS,
                    Packets.OUR_PORT,
                    Packets.PEER_PORT + 1));
    segmented(tcp(9000), Packets.TRANSPORT4, 16, 1448, 9000, template);
    expect(TransmitStatus.WRONG_PORT);
    assertThat(counters.templateViolations()).isEqualTo(1);
  }

  @Test
  void aTemplateThatIsUnknown() {
    segmented(tcp(9000), Packets.TRANSPORT4, 16, 1448, 9000, 99);
    expect(TransmitStatus.STALE_TEMPLATE);
  }

  @Test
  void theHostIsToldWhenItWritesPastTheRing() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              for (int i = 0; i <= tx.capacity(); i++) {
                good(i);
              }
            });
  }

  @Test
  void aReceiveBufferThatTheDeviceMayNotWriteComesBackEmpty() {
    NicConfig config = NicConfig.defaults(Packets.PEER_MAC).withRings(64, 16);
    MemoryWire.Pair pair = MemoryWire.pair();
    try (Nic nic = new Nic(config, pair.right());
        TestHost sender = new TestHost(Packets.OUR_MAC, pair.left())) {
      QueuePair queue = nic.queuePair(0);
      int region = nic.memory().register(host.slab, 4096, RegisteredMemory.READ);
      queue.receive().post(region, 0, 2048, 3);
      sender.send(new byte[60]);
      queue.doWork(0);
      int[] seen = {-1, -1};
      queue
          .receive()
          .poll(
              (id, length, flags, tag) -> {
                seen[0] = id;
                seen[1] = length;
              },
              10);
      assertThat(seen).containsExactly(3, 0);
      assertThat(queue.counters().regionsRefused()).isEqualTo(1);
    }
  }
}
