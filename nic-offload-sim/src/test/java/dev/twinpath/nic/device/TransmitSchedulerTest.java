package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who sends when several queues want to, in bytes and in virtual time. */
class TransmitSchedulerTest {
  private static final int SLAB = 1 << 17;

  private final Arena arena = Arena.ofShared();
  private final Random random = new Random(5);
  private SharedLine line;
  private Nic nic;
  private long slab;
  private int region;
  private int headers;

  private void plugIn(SharedLine wire, int... weights) {
    line = wire;
    NicConfig config =
        NicConfig.defaults(Packets.OUR_MAC)
            .withQueuePairs(weights.length)
            .withRings(256, 16)
            .withMode(DeviceMode.AGENT)
            .withClock(() -> line.now)
            .withTransmitWeights(weights);
    nic = new Nic(config, line);
    slab = arena.allocate(SLAB, 4096).address();
    region = nic.memory().register(slab, SLAB, RegisteredMemory.READ);
    headers = Packets.tcp4(slab, 1, TcpHeader.ACK, new byte[0], 0, Packets.PEER_MAC);
  }

  @AfterEach
  void unplug() {
    if (nic != null) {
      nic.close();
    }
    arena.close();
  }

  private void agent() {
    nic.agent().orElseThrow().doWork();
  }

  /** Fills a queue's ring with packets of some size. */
  private void fill(int queue, int minPayload, int maxPayload) {
    TransmitQueue tx = nic.queuePair(queue).transmit();
    tx.poll((cookie, status) -> assertThat(status).isEqualTo(TransmitStatus.OK), 1000);
    while (tx.freeDescriptors() >= 3) {
      int payload = minPayload + random.nextInt(maxPayload - minPayload + 1);
      tx.begin(
          TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
      tx.add(region, 0, headers);
      tx.add(region, headers, payload);
      tx.end(0);
    }
    tx.doorbell();
  }

  /** Fills a queue's ring with packets that the device refuses. */
  private int fillWithNonsense(int queue) {
    int[] refused = new int[1];
    TransmitQueue tx = nic.queuePair(queue).transmit();
    tx.poll((cookie, status) -> refused[0] += status == TransmitStatus.OK ? 0 : 1, 1000);
    while (tx.freeDescriptors() >= 2) {
      tx.begin(0, 0, 0, 0, 0, 0);
      tx.add(region + 77, 0, 60);
      tx.end(0);
    }
    tx.doorbell();
    return refused[0];
  }

  @Test
  void sharesAreThoseOfTheWeightsWhateverThePacketsSizes() {
    plugIn(new SharedLine(3, 1), 1, 2, 5);
    while (line.total() < 150_000_000L) {
      fill(0, 1, 60_000);
      fill(1, 500, 1_000);
      fill(2, 30_000, 60_000);
      agent();
      // The agent looks more often than the line is free, as one that polls does.
      line.now += 7_000;
    }
    assertThat(line.bytes[1] / (double) line.bytes[0]).isBetween(1.95, 2.05);
    assertThat(line.bytes[2] / (double) line.bytes[0]).isBetween(4.9, 5.1);
  }

  @Test
  void equalWeightsAreARoundRobinOfBytes() {
    plugIn(new SharedLine(16, 1), 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    while (line.total() < 16 * 2_000_000L) {
      for (int i = 0; i < 16; i++) {
        fill(i, 200, 400 << i / 2);
      }
      agent();
      line.now = line.busyUntil();
    }
    for (long bytes : line.bytes) {
      assertThat(bytes).isCloseTo(2_000_000L, Percentage.withPercentage(6));
    }
  }

  @Test
  void theLineIsNeverIdleWhileSomebodyHasSomething() {
    plugIn(new SharedLine(3, 1), 1, 256, 7);
    for (int i = 0; i < 10_000; i++) {
      fill(0, 1, 60_000);
      agent();
      assertThat(line.isFree()).as("round %d", i).isFalse();
      line.now = line.busyUntil();
    }
    assertThat(line.bytes[0]).isEqualTo(line.total());
  }

  @Test
  void aQueueThatCannotGoOnHoldsNobodyUpAndSavesNothingUp() {
    plugIn(new SharedLine(2, 1), 3, 1);
    line.stuck[0] = true;
    for (int i = 0; i < 5_000; i++) {
      fill(0, 1400, 1400);
      fill(1, 1400, 1400);
      agent();
      assertThat(line.isFree()).as("round %d", i).isFalse();
      line.now = line.busyUntil();
    }
    assertThat(line.bytes[0]).isZero();
    line.stuck[0] = false;
    final long before = line.bytes[1];
    while (line.bytes[0] < 50_000_000L) {
      fill(0, 1400, 1400);
      fill(1, 1400, 1400);
      agent();
      line.now = line.busyUntil();
    }
    assertThat(line.bytes[0]).isCloseTo(3 * (line.bytes[1] - before), Percentage.withPercentage(2));
  }

  @Test
  void refusedPacketsCostTheirQueueAndNobodyElse() {
    plugIn(new SharedLine(2, 0), 1, 1);
    long refused = 0;
    for (int i = 0; i < 1_000; i++) {
      refused += fillWithNonsense(0);
      fill(1, 1_000, 1_000);
      agent();
    }
    assertThat(refused).isGreaterThan(40_000);
    assertThat(nic.queuePair(0).counters().regionsRefused()).isGreaterThanOrEqualTo(refused);
    assertThat(line.bytes[0]).isZero();
    assertThat(line.bytes[1])
        .as("what the honest queue sends is worth what the other's nonsense costs, or more")
        .isGreaterThan(refused * TransmitEngine.REFUSAL_COST * 9 / 10);
  }

  @Test
  void weightsAreChecked() {
    NicConfig config = NicConfig.defaults(Packets.OUR_MAC).withQueuePairs(2);
    assertThat(config.withTransmitWeights(3).transmitWeights()).containsExactly(3, 1);
    assertThatThrownBy(() -> config.withTransmitWeights(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 256");
  }
}
