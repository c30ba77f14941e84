package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Packets with a launch time, on a clock that the test turns. */
class LaunchTimeTest {
  private static final long MICRO = 1_000;
  private static final long HORIZON = TransmitQueue.LAUNCH_HORIZON_NANOS;

  /** Far beyond 32 bits, close before a turn of them. */
  private static final long START = (7L << 32) - 50 * MICRO;

  private final Arena arena = Arena.ofShared();
  private final RecordingWire wire = new RecordingWire(false, false);
  private final long slab = arena.allocate(1 << 17, 4096).address();
  private final List<Long> completed = new ArrayList<>();
  private long now = START;
  private Nic nic = new Nic(NicConfig.defaults(Packets.OUR_MAC).withRings(64, 16), wire);
  private QueuePair queue = nic.queuePair(0);
  private int region = nic.memory().register(slab, 1 << 17, RegisteredMemory.READ);

  @AfterEach
  void unplug() {
    nic.close();
    arena.close();
  }

  /** A frame that tells its name, which is its cookie too; 0 = without a time. */
  private void put(int name, long launch) {
    long at = slab + 64L * name;
    Memory.fill(at, 64, name);
    TransmitQueue tx = queue.transmit();
    tx.begin(0, 0, 0, 0, 0, 0);
    if (launch != 0) {
      tx.launchTime(launch);
    }
    tx.add(region, 64L * name, 60);
    tx.end(name);
  }

  private void work() {
    queue.transmit().doorbell();
    queue.doWork(now);
    queue
        .transmit()
        .poll(
            (cookie, status) -> {
              assertThat(status).isEqualTo(TransmitStatus.OK);
              completed.add(cookie);
            },
            1000);
  }

  private List<Integer> sent() {
    return wire.sent.stream().map(frame -> frame[20] & 0xff).toList();
  }

  @Test
  void aPacketWaitsForItsTimeToTheNanosecond() {
    put(1, START + 100 * MICRO);
    work();
    assertThat(sent()).isEmpty();
    assertThat(queue.hasPendingTransmit()).as("nothing to do now").isFalse();
    assertThat(queue.nextDeadlineNanos()).isEqualTo(START + 100 * MICRO);
    assertThat(queue.armInterrupt()).as("the host may sleep").isTrue();
    queue.disarmInterrupt();
    now = START + 100 * MICRO - 1;
    work();
    assertThat(sent()).isEmpty();
    now++;
    work();
    assertThat(sent()).containsExactly(1);
    assertThat(completed).containsExactly(1L);
    assertThat(queue.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    assertThat(queue.counters().transmitHeld()).isEqualTo(1);
  }

  @Test
  void aTimeThatHasPassedIsNow() {
    put(1, START - 1);
    put(2, START);
    put(3, START - 1_000_000_000L);
    work();
    assertThat(sent()).containsExactly(1, 2, 3);
    assertThat(queue.counters().transmitHeld()).isZero();
  }

  @Test
  void othersDoNotWaitButCompletionsKeepTheirOrder() {
    put(1, 0);
    put(2, START + 10 * MICRO);
    put(3, 0);
    put(4, START + 5 * MICRO);
    put(5, 0);
    work();
    assertThat(sent()).containsExactly(1, 3, 5);
    assertThat(completed).containsExactly(1L);
    now = START + 5 * MICRO;
    work();
    assertThat(sent()).containsExactly(1, 3, 5, 4);
    assertThat(completed).containsExactly(1L);
    now = START + 10 * MICRO;
    put(6, 0);
    work();
    assertThat(sent()).containsExactly(1, 3, 5, 4, 2, 6);
    assertThat(completed).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(queue.transmit().freeDescriptors()).isEqualTo(64);
  }

  @Test
  void packetsOfOneTimeGoInTheOrderOfTheRing() {
    for (int i = 1; i <= 20; i++) {
      put(i, START + 7 * MICRO);
    }
    work();
    now = START + 8 * MICRO;
    work();
    assertThat(sent()).isSorted().hasSize(20);
  }

  @Test
  void noPacketWaitsBeyondTheHorizon() {
    put(1, START + HORIZON);
    put(2, START + HORIZON + 1);
    put(3, START + 1_500_000_000L);
    work();
    assertThat(queue.counters().transmitBeyondHorizon()).isEqualTo(2);
    now = START + HORIZON - 1;
    work();
    assertThat(sent()).isEmpty();
    now++;
    work();
    assertThat(sent()).containsExactly(1, 2, 3);
  }

  @Test
  void aFullRingOfWaitingPacketsEmptiesWithTheirTimes() {
    SplittableRandom random = new SplittableRandom(11);
    int next = 1;
    int rounds = 0;
    List<Integer> expected = new ArrayList<>();
    while (rounds++ < 2_000) {
      while (queue.transmit().freeDescriptors() >= 2 && next < 100_000) {
        put(next % 200 + 1, random.nextInt(3) == 0 ? 0 : now + random.nextInt(3_000_000));
        expected.add(next % 200 + 1);
        next++;
      }
      work();
      long deadline = queue.nextDeadlineNanos();
      assertThat(deadline).isGreaterThan(now);
      now = deadline == Long.MAX_VALUE ? now + 1 : deadline;
    }
    now += HORIZON;
    work();
    assertThat(completed).as("in ring order").hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(completed.get(i)).isEqualTo(expected.get(i).longValue());
    }
    assertThat(wire.sent).hasSameSizeAs(expected);
    assertThat(queue.transmit().freeDescriptors()).isEqualTo(64);
  }

  @Test
  void whatIsCutWaitsAsAWhole() {
    int headers = Packets.tcp4(slab, 1, TcpHeader.ACK, new byte[0], 0, Packets.PEER_MAC);
    TransmitQueue tx = queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1000, headers, Packets.TRANSPORT4, 16, 0);
    tx.launchTime(START + MICRO);
    tx.add(region, 0, headers);
    tx.add(region, 4096, 5_500);
    tx.end(9);
    work();
    assertThat(wire.sent).isEmpty();
    now = START + MICRO;
    work();
    assertThat(wire.sent).hasSize(6);
    assertThat(completed).containsExactly(9L);
  }

  @Test
  void aWireWithoutRoomHoldsThemBackInOrder() {
    int headers = Packets.tcp4(slab, 1, TcpHeader.ACK, new byte[0], 0, Packets.PEER_MAC);
    TransmitQueue tx = queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1000, headers, Packets.TRANSPORT4, 16, 0);
    tx.launchTime(START + MICRO);
    tx.add(region, 0, headers);
    tx.add(region, 4096, 5_500);
    tx.end(8);
    work();
    wire.room = 2;
    now = START + MICRO;
    put(9, START + 2);
    work();
    assertThat(wire.sent).hasSize(2);
    assertThat(completed).isEmpty();
    assertThat(queue.nextDeadlineNanos()).as("no time helps").isEqualTo(Long.MAX_VALUE);
    assertThat(queue.hasPendingTransmit()).isTrue();
    wire.room = Integer.MAX_VALUE;
    now += MICRO;
    work();
    assertThat(wire.sent).hasSize(7);
    assertThat(completed).containsExactly(8L, 9L);
  }

  @Test
  void theQueuesRateHoldsForThemToo() {
    // A byte takes a microsecond.
    queue.pace(8_000_000, 0);
    put(1, START + MICRO);
    put(2, START + 2 * MICRO);
    work();
    now = START + 2 * MICRO;
    work();
    assertThat(sent()).containsExactly(1);
    assertThat(queue.nextDeadlineNanos()).isEqualTo(START + 62 * MICRO);
    now = START + 62 * MICRO;
    work();
    assertThat(sent()).containsExactly(1, 2);
  }

  @Test
  void aQueueThatStopsLetsThemGo() {
    put(1, START + HORIZON);
    work();
    queue.stop();
    assertThat(sent()).containsExactly(1);
  }

  @Test
  void anAgentHoldsThemAndSleepsUntilThen() {
    nic.close();
    nic =
        new Nic(
            NicConfig.defaults(Packets.OUR_MAC)
                .withMode(DeviceMode.AGENT)
                .withClock(() -> now)
                .withQueuePairs(1),
            wire);
    queue = nic.queuePair(0);
    region = nic.memory().register(slab, 1 << 17, RegisteredMemory.READ);
    NicAgent agent = nic.agent().orElseThrow();
    put(1, START + 500 * MICRO);
    put(2, 0);
    work();
    agent.doWork();
    assertThat(sent()).containsExactly(2);
    assertThat(agent.nextDeadlineNanos()).isEqualTo(START + 500 * MICRO);
    assertThat(agent.doWork()).isZero();
    now = START + 500 * MICRO;
    agent.doWork();
    work();
    assertThat(sent()).containsExactly(2, 1);
    assertThat(completed).containsExactly(1L, 2L);
    put(3, now + HORIZON);
    work();
    agent.doWork();
    queue.stop();
    assertThat(sent()).containsExactly(2, 1, 3);
  }

  @Test
  void aTimeBelongsToAPacket() {
    assertThatIllegalStateException().isThrownBy(() -> queue.transmit().launchTime(1));
  }
}
