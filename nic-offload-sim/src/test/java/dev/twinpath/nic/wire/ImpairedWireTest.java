package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Impairments in virtual time. */
class ImpairedWireTest extends WireContract {
  private static final int FRAMES = 2000;

  private long now = 5_000_000_000L;
  private final List<TestHost> hosts = new ArrayList<>();

  @Override
  Wire[] ends() {
    MemoryWire.Pair pair = MemoryWire.pair();
    return new Wire[] {new ImpairedWire(pair.left(), Impairment.none(1)), pair.right()};
  }

  @AfterEach
  void closeHosts() {
    hosts.forEach(TestHost::close);
  }

  private ImpairedWire wire;
  private TestHost sender;
  private TestHost receiver;

  private void connect(Impairment impairment) {
    MemoryWire.Pair pair = MemoryWire.pair();
    wire = new ImpairedWire(pair.left(), impairment, () -> now);
    sender = new TestHost(Packets.OUR_MAC, wire);
    receiver = new TestHost(Packets.PEER_MAC, pair.right());
    hosts.add(sender);
    hosts.add(receiver);
  }

  private static byte[] numbered(int number) {
    byte[] frame = new byte[200];
    frame[12] = 0x12;
    frame[100] = (byte) (number >>> 8);
    frame[101] = (byte) number;
    return frame;
  }

  private List<Integer> numbers() {
    return receiver.received.stream()
        .map(f -> (f.bytes()[100] & 0xff) << 8 | f.bytes()[101] & 0xff)
        .toList();
  }

  private void sendAll(int count, long gapNanos) {
    for (int i = 0; i < count; i++) {
      sender.send(numbered(i));
      receiver.poll();
      now += gapNanos;
    }
    settle();
  }

  private void settle() {
    while (sender.queue.nextDeadlineNanos() != Long.MAX_VALUE) {
      now = Math.max(now, sender.queue.nextDeadlineNanos());
      sender.poll();
      receiver.poll();
    }
    drain(receiver);
  }

  @Test
  void losesItsShareAndTheSameAgainForTheSameSeed() {
    connect(Impairment.none(7).withLoss(0.1));
    sendAll(FRAMES, 0);
    List<Integer> first = numbers();
    assertThat(wire.counters(0).lost()).isEqualTo(FRAMES - first.size());
    assertThat(first.size()).isBetween(FRAMES * 85 / 100, FRAMES * 95 / 100);
    assertThat(first).isSorted();
    connect(Impairment.none(7).withLoss(0.1));
    sendAll(FRAMES, 0);
    assertThat(numbers()).isEqualTo(first);
    connect(Impairment.none(8).withLoss(0.1));
    sendAll(FRAMES, 0);
    assertThat(numbers()).isNotEqualTo(first);
  }

  @Test
  void oneImpairmentDoesNotChangeWhatAnotherHits() {
    connect(Impairment.none(7).withLoss(0.1));
    sendAll(FRAMES, 0);
    List<Integer> alone = numbers();
    connect(Impairment.none(7).withLoss(0.1).withDuplicate(0.2).withReorder(0.1, 1000));
    sendAll(FRAMES, 100);
    assertThat(numbers().stream().distinct().sorted().toList()).isEqualTo(alone);
  }

  @Test
  void duplicates() {
    connect(Impairment.none(3).withDuplicate(0.25));
    sendAll(FRAMES, 0);
    assertThat(numbers()).hasSize(FRAMES + (int) wire.counters(0).duplicated()).isSorted();
    assertThat(wire.counters(0).duplicated()).isBetween(400L, 600L);
  }

  @Test
  void reordersAndLosesNothing() {
    connect(Impairment.none(3).withReorder(0.05, 10_000));
    sendAll(FRAMES, 1000);
    List<Integer> order = numbers();
    assertThat(order).hasSize(FRAMES).doesNotHaveDuplicates();
    List<Integer> sorted = IntStream.range(0, FRAMES).boxed().toList();
    assertThat(order).isNotEqualTo(sorted);
    assertThat(order.stream().sorted().toList()).isEqualTo(sorted);
  }

  @Test
  void delaysToTheNanosecondByItsClock() {
    connect(Impairment.none(3).withDelay(1_000_000, 0));
    sender.send(numbered(1));
    assertThat(sender.queue.nextDeadlineNanos()).isEqualTo(now + 1_000_000);
    now += 999_999;
    sender.poll();
    receiver.poll();
    assertThat(receiver.received).isEmpty();
    now += 1;
    sender.poll();
    receiver.poll();
    assertThat(receiver.received).hasSize(1);
    assertThat(sender.queue.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void theOtherDirectionIsImpairedToo() {
    connect(Impairment.none(3).withDelay(1_000_000, 0));
    receiver.send(numbered(1));
    sender.poll();
    assertThat(sender.received).isEmpty();
    assertThat(sender.queue.armInterrupt()).isTrue();
    now += 1_000_000;
    assertThat(sender.queue.armInterrupt()).isFalse();
    sender.poll();
    assertThat(sender.received).hasSize(1);
  }

  @Test
  void whatFindsNoRoomTakesNoTimeOfTheLine() {
    connect(Impairment.none(3).withRate(100_000_000, 50));
    sendAll(FRAMES, 0);
    assertThat(wire.counters(0).overflowed()).isEqualTo(FRAMES - 50);
    // Fifty frames of 224 bytes with preamble and gap; the line is free after them.
    now += 50 * 224 * 80;
    sender.poll();
    receiver.poll();
    receiver.received.clear();
    sender.send(numbered(7));
    now += 224 * 80;
    sender.poll();
    receiver.poll();
    assertThat(numbers()).containsExactly(7);
  }

  @Test
  void aRateSpacesFramesAndItsQueueOverflows() {
    connect(Impairment.none(3).withRate(100_000_000, 50));
    for (int i = 0; i < 100; i++) {
      sender.send(numbered(i));
    }
    assertThat(wire.counters(0).overflowed()).isEqualTo(50);
    long begin = now;
    settle();
    assertThat(numbers()).hasSize(50);
    // 224 bytes on the line at 100 Mbit/s are 17.92 us; lost frames took their time as well.
    assertThat(now - begin).isBetween(49 * 17_900L, 51 * 17_940L);
  }

  @Test
  void corruptionIsFoundByTheChecksum() {
    connect(Impairment.none(5).withCorrupt(1));
    int bad = 0;
    for (int i = 0; i < 200; i++) {
      int headers =
          Packets.tcp4(sender.slab, i, TcpHeader.ACK, new byte[0], 1000, Packets.PEER_MAC);
      TransmitQueue tx = sender.queue.transmit();
      tx.begin(TransmitQueue.CHECKSUM, 0, headers, Packets.TRANSPORT4, 16, 0);
      tx.add(sender.slabRegion, 0, headers + 1000);
      tx.end(0);
      tx.doorbell();
      sender.poll();
      receiver.poll();
      int flags = receiver.received.remove(0).flags();
      if ((flags & (ReceiveFlags.L3_BAD | ReceiveFlags.L4_BAD)) != 0) {
        bad++;
      }
    }
    assertThat(bad).isEqualTo(200);
  }

  @Test
  void uncutFramesAreCutFirstBothWaysSoThatLossIsOfRealFrames() {
    connect(Impairment.none(5).withLoss(0.3));
    segmented(sender);
    drain(receiver);
    assertThat(receiver.received).hasSizeBetween(20, 40);
    segmented(receiver);
    drain(sender);
    assertThat(sender.received)
        .hasSizeBetween(20, 40)
        .allSatisfy(
            f -> {
              assertThat(f.flags()).isEqualTo(ReceiveFlags.L3_OK | ReceiveFlags.L4_OK);
              assertThat(f.bytes().length).isLessThanOrEqualTo(1514);
            });
    assertThat(wire.counters(0).refused()).isZero();
  }

  private static void drain(TestHost host) {
    while (host.poll() > 0) {
      continue;
    }
  }

  private static void segmented(TestHost host) {
    int payload = 60_000;
    int headers = Packets.tcp4(host.slab, 1, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
    tx.add(host.slabRegion, 0, headers);
    tx.add(host.slabRegion, 4096, payload);
    tx.end(0);
    tx.doorbell();
    host.poll();
  }

  @Test
  void aPeersNonsenseOffloadContextIsRefused() {
    MemoryWire.Pair pair = MemoryWire.pair();
    try (ImpairedWire impaired = new ImpairedWire(pair.left(), Impairment.none(1));
        TestHost host = new TestHost(Packets.OUR_MAC, pair.right())) {
      Frame frame = new Frame();
      for (int start : new int[] {0, 10, 34, 60_000}) {
        frame.clear();
        Memory.fill(host.slab, 5000, 0);
        EthernetHeader.write(host.slab, 1, 2, EthernetHeader.TYPE_IPV4);
        frame.add(host.slab, 5000);
        frame.requestChecksum(start, 16);
        frame.requestSegmentation(Frame.GSO_TCP4, 100);
        assertThat(pair.right().queue(0).transmit(frame)).isZero();
      }
      Frame context = new Frame();
      assertThat(impaired.queue(0).receive(host.slab, 70_000, context)).isZero();
      assertThat(impaired.counters(0).refused()).isEqualTo(4);
    }
  }

  @Test
  void readsItsTextForm() {
    Impairment i =
        Impairment.parse(
            "loss=2%,reorder=1%,duplicate=0.01,delay=1ms,jitter=200us,corrupt=0.01%,"
                + "rate=100mbit,reorder-delay=1.5ms,queue=100,seed=42");
    assertThat(i)
        .isEqualTo(
            new Impairment(
                42,
                0.02,
                BurstLoss.NONE,
                0.01,
                0.0001,
                0.01,
                1_500_000,
                1_000_000,
                200_000,
                100_000_000,
                100));
    assertThat(Impairment.parse("burst-loss=1%/25%").burstLoss())
        .isEqualTo(new BurstLoss(0.01, 0.25, 1, 0));
    assertThat(Impairment.parse("burst-loss=1%/25%/90%/0.1%").burstLoss())
        .isEqualTo(new BurstLoss(0.01, 0.25, 0.9, 0.001));
    assertThat(Impairment.parse("delay=1s").delayNanos()).isEqualTo(1_000_000_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "loss",
        "loss=",
        "loss=200%",
        "loss=-1%",
        "loss=x",
        "loss=NaN",
        "burst-loss=1%",
        "burst-loss=1%/200%",
        "burst-loss=1%/2%/3%/4%/5%",
        "delay=1",
        "delay=ms",
        "delay=2h",
        "rate=100",
        "rate=mbit",
        "rate=0bit",
        "queue=0",
        "seed=1.5",
        "speed=1",
        "loss=1%,loss=1%",
        "loss=1%,",
      })
  void refusesOtherTexts(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Impairment.parse(text))
        .withMessageMatching("(?s).{10,}");
  }
}
