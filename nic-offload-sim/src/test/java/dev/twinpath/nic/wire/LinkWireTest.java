package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A line in virtual time: what takes how long, and what is lost. */
class LinkWireTest extends WireContract {
  private VirtualLink link;

  /** A line of no length: the contract's hosts do not work for frames that are under way. */
  @Override
  Wire[] ends() {
    MemoryWire.Pair pair = MemoryWire.pair();
    return new Wire[] {
      new LinkWire(pair.left(), LinkModel.parse("mtu=9000,inbound=off")),
      new LinkWire(pair.right(), LinkModel.parse("mtu=9000"))
    };
  }

  @AfterEach
  void closeLink() {
    if (link != null) {
      link.close();
    }
  }

  @Test
  void aFrameTakesBusLinePropagationAndBus() {
    link = VirtualLink.between("rate=1gbit,delay=5us,pcie=900ns", "rate=1gbit,pcie=300ns");
    long begin = link.now;
    assertThat(link.send(link.left, 0, 1514, 1)).isZero();
    assertThat(link.left.queue(0).nextDeadlineNanos()).isEqualTo(begin + 900);
    link.settle();
    // 1514 + 24 bytes are 12304 bits.
    assertThat(link.rightArrivals)
        .containsExactly(new VirtualLink.Arrival(begin + 900 + 12304 + 5000 + 300, 0, 1514, 1));
    assertThat(link.leftCounters().sentFrames()).isEqualTo(1);
    assertThat(link.leftCounters().sentLineBytes()).isEqualTo(1538);
    assertThat(link.rightCounters().receivedFrames()).isEqualTo(1);
    assertThat(link.rightCounters().deliveredFrames()).isEqualTo(1);
  }

  @Test
  void nothingArrivesANanosecondEarly() {
    link = VirtualLink.between("rate=1gbit,delay=5us", "rate=1gbit");
    long begin = link.now;
    link.send(link.left, 0, 1514, 1);
    link.runUntil(begin + 12304 + 4999);
    assertThat(link.rightArrivals).isEmpty();
    assertThat(link.left.queue(0).nextDeadlineNanos()).isEqualTo(begin + 12304 + 5000);
    link.runUntil(begin + 12304 + 5000);
    assertThat(link.rightArrivals).hasSize(1);
    assertThat(link.left.queue(0).nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aShortFrameIsPadded() {
    link = VirtualLink.between("rate=1gbit", "rate=1gbit");
    long begin = link.now;
    link.send(link.left, 0, 14, 0);
    link.send(link.left, 0, 60, 0);
    link.settle();
    // 64 bytes with the check sequence, preamble 8, gap 12: 672 bits each.
    assertThat(link.rightArrivals)
        .extracting(VirtualLink.Arrival::at)
        .containsExactly(begin + 672, begin + 1344);
  }

  @Test
  void partsOfANanosecondAddUp() {
    link = VirtualLink.between("rate=10gbit,tx-fifo=2MiB", "rate=10gbit");
    long begin = link.now;
    for (int i = 0; i < 1000; i++) {
      assertThat(link.send(link.left, 0, 1514, i)).isZero();
    }
    link.settle();
    // 1538 bytes at 10 Gbit/s are 1230.4 ns.
    assertThat(link.rightArrivals).hasSize(1000);
    assertThat(link.rightArrivals.get(0).at()).isEqualTo(begin + 1230);
    assertThat(link.rightArrivals.get(4).at()).isEqualTo(begin + 6152);
    assertThat(link.rightArrivals.get(999).at()).isEqualTo(begin + 1_230_400);
  }

  @Test
  void whoLooksLateFindsTheSameTimes() {
    link = VirtualLink.between("rate=1gbit,delay=5us", "rate=1gbit");
    long begin = link.now;
    link.send(link.left, 0, 1514, 1);
    link.send(link.left, 0, 1514, 2);
    link.now = begin + 1_000_000;
    link.send(link.left, 0, 1514, 3);
    link.poll();
    assertThat(link.rightArrivals).hasSize(2);
    link.settle();
    assertThat(link.rightArrivals.get(2).at()).isEqualTo(begin + 1_000_000 + 12304 + 5000);
  }

  @Test
  void anUncutFrameTakesAsLongAsWhatItStandsFor() {
    link = VirtualLink.between("rate=1gbit", "rate=1gbit");
    long begin = link.now;
    // 10 segments of 1448 and one of 20 bytes, each with 54 bytes of headers.
    assertThat(link.sendSegmented(link.left, 14_500, 1448)).isZero();
    link.settle();
    long bits = 8L * (10 * (54 + 1448 + 24) + (54 + 20 + 24));
    assertThat(link.rightArrivals)
        .extracting(VirtualLink.Arrival::at, VirtualLink.Arrival::length)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(begin + bits, 14_554));
    assertThat(link.leftCounters().sentFrames()).isEqualTo(11);
    assertThat(link.rightCounters().deliveredFrames()).isEqualTo(11);
  }

  @Test
  void aFullTransmitFifoHoldsTheSenderBackAndLosesNothing() {
    link = VirtualLink.between("rate=1gbit,tx-fifo=15140B", "rate=1gbit");
    int sent = 0;
    int refused = 0;
    while (sent < 100) {
      int status = link.send(link.left, 0, 1514, sent);
      if (status == 0) {
        sent++;
      } else {
        assertThat(status).isEqualTo(-Errno.EAGAIN);
        refused++;
        link.runUntil(link.left.queue(0).nextDeadlineNanos());
      }
    }
    link.settle();
    assertThat(link.rightArrivals).hasSize(100);
    assertThat(link.rightArrivals).extracting(VirtualLink.Arrival::mark).isSorted();
    // One frame is on the line and ten wait; each frame that ends makes room for one.
    assertThat(refused).isBetween(80, 200);
    assertThat(link.leftCounters().backPressure()).isEqualTo(refused);
  }

  @Test
  void aFrameLargerThanTheFifoGoesWhenNothingWaits() {
    link = VirtualLink.between("rate=1gbit,tx-fifo=0", "rate=1gbit");
    assertThat(link.send(link.left, 0, 1514, 1)).isZero();
    assertThat(link.send(link.left, 0, 1514, 2)).as("the first is on the line").isZero();
    assertThat(link.send(link.left, 0, 1514, 3)).isEqualTo(-Errno.EAGAIN);
    link.settle();
    assertThat(link.rightArrivals).hasSize(2);
  }

  @Test
  void theMtuIsOfTheNetworkPacketAndOfEachSegment() {
    link = VirtualLink.between("rate=1gbit,mtu=1500", "rate=1gbit,mtu=1400");
    assertThat(link.send(link.left, 0, 1515, 0)).isEqualTo(-Errno.EMSGSIZE);
    assertThat(link.sendSegmented(link.left, 14_610, 1461)).isEqualTo(-Errno.EMSGSIZE);
    assertThat(link.leftCounters().mtuDrops()).isEqualTo(1 + 10);
    assertThat(link.send(link.left, 0, 1514, 0)).isZero();
    assertThat(link.send(link.left, 0, 1414, 1)).isZero();
    assertThat(link.sendSegmented(link.left, 14_600, 1460)).isZero();
    link.settle();
    assertThat(link.rightArrivals).extracting(VirtualLink.Arrival::length).containsExactly(1414);
    assertThat(link.rightCounters().mtuDrops()).isEqualTo(1 + 10);
  }

  @Test
  void aTagDoesNotCountForTheMtu() {
    link = VirtualLink.between("rate=1gbit,mtu=1500", "rate=1gbit,mtu=1500");
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(2000, 8).address();
      Memory.fill(memory, 2000, 0);
      EthernetHeader.write(memory, 1, 2, 0x8100);
      Memory.putShortBE(memory + 16, 0x1234);
      Frame frame = new Frame();
      frame.add(memory, 1518);
      assertThat(link.left.queue(0).transmit(frame)).isZero();
      frame.clear();
      frame.add(memory, 1519);
      assertThat(link.left.queue(0).transmit(frame)).isEqualTo(-Errno.EMSGSIZE);
    }
  }

  @Test
  void aJumboFrameFitsItsMtu() {
    link = VirtualLink.between("rate=1gbit,mtu=9000", "rate=1gbit,mtu=9000");
    assertThat(link.send(link.left, 0, 9014, 0)).isZero();
    assertThat(link.send(link.left, 0, 9015, 0)).isEqualTo(-Errno.EMSGSIZE);
    link.settle();
    assertThat(link.rightArrivals).extracting(VirtualLink.Arrival::length).containsExactly(9014);
  }

  @Test
  void withoutDescriptorsFramesWaitAndTheFifoOverflows() {
    link = VirtualLink.between("rate=1gbit,tx-fifo=1MiB", "rate=1gbit,fifo=15140B");
    link.rightBuffers = 3;
    for (int i = 0; i < 20; i++) {
      link.send(link.left, 0, 1514, i);
    }
    link.settle();
    assertThat(link.rightArrivals).hasSize(3);
    assertThat(link.rightCounters().fifoDrops()).isEqualTo(7);
    assertThat(link.right.queue(0).receiveOverruns()).as("for the meters").isEqualTo(7);
    assertThat(link.right.queue(0).armInterrupt()).as("frames wait").isFalse();
    link.rightBuffers = 100;
    link.poll();
    assertThat(link.rightArrivals)
        .extracting(VirtualLink.Arrival::mark)
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    assertThat(link.rightCounters().receivedFrames()).isEqualTo(20);
    assertThat(link.rightCounters().deliveredFrames()).isEqualTo(13);
  }

  @Test
  void withoutFifoAndDescriptorAFrameIsLostAtOnce() {
    link = VirtualLink.between("rate=1gbit,tx-fifo=1MiB", "rate=1gbit,fifo=0,pcie=1us");
    link.rightBuffers = 5;
    for (int i = 0; i < 20; i++) {
      link.send(link.left, 0, 1514, i);
    }
    link.settle();
    link.rightBuffers = 100;
    link.poll();
    assertThat(link.rightArrivals)
        .extracting(VirtualLink.Arrival::mark)
        .containsExactly(0, 1, 2, 3, 4);
    assertThat(link.rightCounters().fifoDrops()).isEqualTo(15);
  }

  @Test
  void anUncutFrameThatOverflowsCountsAsWhatItStandsFor() {
    link = VirtualLink.between("rate=1gbit", "rate=1gbit,fifo=0");
    link.rightBuffers = 0;
    link.sendSegmented(link.left, 14_480, 1448);
    link.settle();
    link.poll();
    assertThat(link.rightCounters().fifoDrops()).isEqualTo(10);
  }

  @Test
  void theDirectionsAreNotAlike() {
    link = VirtualLink.between("rate=1gbit,delay=1us", "rate=100mbit,delay=3us");
    long begin = link.now;
    link.send(link.left, 0, 1514, 1);
    link.send(link.right, 0, 1514, 2);
    link.settle();
    assertThat(link.rightArrivals.get(0).at()).isEqualTo(begin + 12_304 + 1000);
    assertThat(link.leftArrivals.get(0).at()).isEqualTo(begin + 123_040 + 3000);
  }

  @Test
  void aPeerWithoutALineIsModelledHere() {
    link = new VirtualLink("rate=1gbit,delay=5us,pcie=900ns", null, 1);
    long begin = link.now;
    link.send(link.right, 0, 1514, 1);
    link.send(link.right, 0, 1514, 2);
    link.send(link.left, 0, 1514, 3);
    link.settle();
    assertThat(link.leftArrivals)
        .extracting(VirtualLink.Arrival::at)
        .containsExactly(begin + 12304 + 5000 + 900, begin + 2 * 12304 + 5000 + 900);
    assertThat(link.rightArrivals.get(0).at()).isEqualTo(begin + 900 + 12304 + 5000);
  }

  @Test
  void anInnerWireWithoutRoomHoldsBackToo() {
    RecordingWire inner = new RecordingWire(true, true);
    inner.room = 2;
    long[] clock = {1};
    try (Arena arena = Arena.ofConfined();
        LinkWire wire = new LinkWire(inner, LinkModel.parse("rate=1gbit"), () -> clock[0])) {
      Frame frame = new Frame();
      frame.add(arena.allocate(100, 8).address(), 100);
      WireQueue queue = wire.queue(0);
      for (int i = 0; i < 3; i++) {
        assertThat(queue.transmit(frame)).isZero();
        clock[0] += 10_000;
      }
      queue.service();
      assertThat(inner.sent).hasSize(2);
      assertThat(queue.transmit(frame)).isEqualTo(-Errno.EAGAIN);
      assertThat(queue.signalsRoom()).as("as the inner").isFalse();
      inner.room = 10;
      queue.service();
      assertThat(inner.sent).hasSize(3);
      assertThat(queue.transmit(frame)).isZero();
    }
  }

  @Test
  void nonsenseIsRefusedBothWays() {
    link = new VirtualLink("rate=1gbit", null, 1);
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(5000, 8).address();
      Memory.fill(memory, 5000, 0);
      Frame frame = new Frame();
      for (int start : new int[] {0, 10, 34, 60_000}) {
        frame.clear();
        frame.add(memory, 5000);
        frame.requestChecksum(start, 16);
        frame.requestSegmentation(Frame.GSO_TCP4, 100);
        assertThat(link.left.queue(0).transmit(frame)).isEqualTo(-Errno.EINVAL);
        assertThat(link.right.queue(0).transmit(frame)).isZero();
      }
    }
    link.settle();
    assertThat(link.leftArrivals).isEmpty();
    assertThat(link.leftCounters().refused()).isEqualTo(8);
  }

  @Test
  void queuesShareTheLineInTurn() {
    link = new VirtualLink("rate=1gbit,tx-fifo=1MiB,inbound=off", "rate=1gbit,inbound=off", 3);
    long begin = link.now;
    for (int i = 0; i < 30; i++) {
      link.send(link.left, 0, 1514, i);
    }
    for (int i = 0; i < 10; i++) {
      link.send(link.left, 1, 1514, i);
      link.send(link.left, 2, 1514, i);
    }
    link.settle();
    assertThat(link.rightArrivals).hasSize(50);
    assertThat(link.rightArrivals.get(49).at()).isEqualTo(begin + 50 * 12304);
    // The first frame of queue 0 was alone; from then on each has its turn.
    List<Integer> queues =
        link.rightArrivals.subList(0, 31).stream().map(VirtualLink.Arrival::queue).toList();
    for (int queue = 0; queue < 3; queue++) {
      int wanted = queue;
      assertThat(queues.stream().filter(q -> q == wanted).count()).isBetween(10L, 11L);
    }
  }

  @Test
  void orInOrderOfArrivalFromOneFifo() {
    link =
        new VirtualLink(
            "rate=1gbit,tx-fifo=15140B,order=arrival,inbound=off", "rate=1gbit,inbound=off", 2);
    link.send(link.left, 0, 1514, 0);
    int[] order = {0, 0, 0, 1, 0, 0, 0, 1, 1, 0};
    for (int queue : order) {
      assertThat(link.send(link.left, queue, 1514, 1)).isZero();
    }
    assertThat(link.send(link.left, 1, 1514, 2)).as("one FIFO for both").isEqualTo(-Errno.EAGAIN);
    assertThat(link.left.queue(1).nextDeadlineNanos()).isEqualTo(link.now + 12304);
    link.runUntil(link.now + 12304);
    assertThat(link.send(link.left, 1, 1514, 2)).isZero();
    link.settle();
    assertThat(link.rightArrivals)
        .extracting(VirtualLink.Arrival::queue)
        .containsExactly(0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1);
  }
}
