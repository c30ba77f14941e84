package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A queue's rate, in virtual time and to the byte. */
class PacingTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int PACKET = 1514;

  private final Arena arena = Arena.ofShared();
  private final BufferedLine line = new BufferedLine(2, 1_000_000_000_000L, SECOND);
  private final Nic nic =
      new Nic(NicConfig.defaults(Packets.OUR_MAC).withQueuePairs(2).withRings(256, 16), line);
  private final long slab = arena.allocate(1 << 17, 4096).address();
  private final int region = nic.memory().register(slab, 1 << 17, RegisteredMemory.READ);
  private final int headers =
      Packets.tcp4(slab, 1, TcpHeader.ACK, new byte[0], 0, Packets.PEER_MAC);

  @AfterEach
  void unplug() {
    nic.close();
    arena.close();
  }

  private void fill(int queue, int payload) {
    TransmitQueue tx = nic.queuePair(queue).transmit();
    tx.poll((cookie, status) -> assertThat(status).isEqualTo(TransmitStatus.OK), 1000);
    while (tx.freeDescriptors() >= 3) {
      tx.begin(
          TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1460, headers, Packets.TRANSPORT4, 16, 0);
      tx.add(region, 0, headers);
      tx.add(region, 4096, payload);
      tx.end(0);
    }
    tx.doorbell();
  }

  /** Works at each deadline that the queues tell, until a time. */
  private void runUntil(long end, int payload) {
    while (line.now < end) {
      fill(0, payload);
      fill(1, payload);
      int sent = nic.queuePair(0).doWork(line.now) + nic.queuePair(1).doWork(line.now);
      if (sent == 0) {
        long next =
            Math.min(nic.queuePair(0).nextDeadlineNanos(), nic.queuePair(1).nextDeadlineNanos());
        assertThat(next).isGreaterThan(line.now).isLessThan(line.now + SECOND);
        line.now = Math.min(next, end);
      }
    }
  }

  @Test
  void twoQueuesOfDifferentRates() {
    nic.queuePair(0).pace(100_000_000, 0);
    nic.queuePair(1).pace(7_654_321, 0);
    runUntil(1 + SECOND, PACKET - headers);
    // A packet begins while what went before is paid for: one more than the rate has in it.
    assertThat(line.bytes(0)).isBetween(100_000_000L / 8, 100_000_000L / 8 + PACKET);
    assertThat(line.bytes(1)).isBetween(7_654_321L / 8, 7_654_321L / 8 + PACKET);
    assertThat(nic.queuePair(0).counters().transmitPaced()).isPositive();
  }

  @Test
  void uncutPacketsCountWithTheHeadersOfEverySegment() {
    nic.queuePair(0).pace(1_000_000_000, 0);
    nic.queuePair(1).pace(1_000_000, 0);
    int segments = 40;
    runUntil(1 + SECOND, segments * 1460);
    long whole = headers + segments * 1460L;
    long onTheLine = line.bytes(0) / whole * segments * PACKET;
    assertThat(onTheLine).isBetween(125_000_000L, 125_000_000L + segments * PACKET);
  }

  @Test
  void aBurstAfterAPause() {
    QueuePair queue = nic.queuePair(0);
    queue.pace(8_000_000, 10L * PACKET);
    fill(0, PACKET - headers);
    queue.doWork(line.now);
    assertThat(line.bytes(0)).isEqualTo(11L * PACKET);
    // A byte takes a microsecond.
    long ready = queue.nextDeadlineNanos();
    assertThat(ready).isEqualTo(line.now + PACKET * 1000L);
    assertThat(queue.armInterrupt()).as("it may sleep until then").isTrue();
    queue.disarmInterrupt();
    queue.doWork(ready - 1);
    assertThat(line.bytes(0)).isEqualTo(11L * PACKET);
    queue.doWork(ready);
    assertThat(line.bytes(0)).isEqualTo(12L * PACKET);
    queue.doWork(ready + 3600 * SECOND);
    assertThat(line.bytes(0)).isEqualTo(23L * PACKET);
  }

  @Test
  void withoutARateNothingWaits() {
    nic.queuePair(0).pace(1, 0);
    nic.queuePair(0).pace(0, 0);
    fill(0, PACKET - headers);
    assertThat(nic.queuePair(0).doWork(line.now)).isEqualTo(85);
    assertThat(nic.queuePair(0).nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aRefusedPacketIsFree() {
    QueuePair queue = nic.queuePair(0);
    queue.pace(8_000_000, 0);
    TransmitQueue tx = queue.transmit();
    for (int i = 0; i < 50; i++) {
      tx.begin(0, 0, 0, 0, 0, 0);
      tx.add(region + 1, 0, 60);
      tx.end(0);
    }
    tx.doorbell();
    assertThat(queue.doWork(line.now)).isEqualTo(50);
  }

  @Test
  void ratesAreChecked() {
    assertThatIllegalArgumentException().isThrownBy(() -> nic.queuePair(0).pace(-1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> nic.queuePair(0).pace(1, 1L << 31));
  }
}
