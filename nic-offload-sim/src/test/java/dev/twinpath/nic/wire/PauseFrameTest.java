package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.Errno;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** IEEE 802.3 annex 31B, in virtual time. */
class PauseFrameTest {
  private VirtualLink link;

  @AfterEach
  void close() {
    link.close();
  }

  /** A line at the left whose peer's MAC is the test itself. */
  private void peerByHand(String more) {
    link = new VirtualLink("rate=1gbit,inbound=off" + more, null, 1);
  }

  @Test
  void aPauseStopsWhatHasNotBegunForItsQuanta() {
    peerByHand(",pause=on");
    long begin = link.now;
    for (int i = 0; i < 3; i++) {
      link.send(link.left, 0, 1514, i);
    }
    link.runUntil(begin + 1000);
    assertThat(link.sendPause(link.right, 100)).isZero();
    link.settle();
    // 100 quanta of 512 bit times are 51200 ns at 1 Gbit/s.
    long on = begin + 1000 + 51_200;
    assertThat(link.rightArrivals)
        .extracting(VirtualLink.Arrival::at)
        .containsExactly(begin + 12_304, on + 12_304, on + 2 * 12_304);
    assertThat(link.leftArrivals).as("no host sees a pause frame").isEmpty();
    assertThat(link.leftCounters().pauseReceived()).isEqualTo(1);
    assertThat(link.leftCounters().pausedNanos()).isEqualTo(51_200);
  }

  @Test
  void zeroQuantaLetItGoOn() {
    peerByHand(",pause=on");
    long begin = link.now;
    link.sendPause(link.right, 0xffff);
    link.poll();
    link.send(link.left, 0, 1514, 1);
    link.runUntil(begin + 20_000);
    assertThat(link.rightArrivals).isEmpty();
    assertThat(link.left.queue(0).nextDeadlineNanos()).isEqualTo(begin + 65_535L * 512);
    link.sendPause(link.right, 0);
    link.settle();
    assertThat(link.rightArrivals.get(0).at()).isEqualTo(begin + 20_000 + 12_304);
    assertThat(link.leftCounters().pausedNanos()).isEqualTo(20_000);
  }

  @Test
  void aNewPauseReplacesTheLast() {
    peerByHand(",pause=on");
    long begin = link.now;
    link.sendPause(link.right, 100);
    link.runUntil(begin + 10_000);
    link.sendPause(link.right, 100);
    link.poll();
    link.send(link.left, 0, 1514, 1);
    link.settle();
    assertThat(link.rightArrivals.get(0).at()).isEqualTo(begin + 10_000 + 51_200 + 12_304);
    assertThat(link.leftCounters().pausedNanos()).isEqualTo(61_200);
  }

  @Test
  void whoDoesNotPauseIgnoresThemAndTheHostDoesNotSeeThemEither() {
    peerByHand("");
    long begin = link.now;
    link.sendPause(link.right, 0xffff);
    link.poll();
    link.send(link.left, 0, 1514, 1);
    link.settle();
    assertThat(link.rightArrivals.get(0).at()).isEqualTo(begin + 12_304);
    assertThat(link.leftArrivals).isEmpty();
    assertThat(link.leftCounters().pauseReceived()).isEqualTo(1);
    assertThat(link.leftCounters().pausedNanos()).isZero();
  }

  @Test
  void aHostCannotSendThem() {
    peerByHand(",pause=on");
    assertThat(link.sendPause(link.left, 0xffff)).isEqualTo(-Errno.EPERM);
    assertThat(link.leftCounters().refused()).isEqualTo(1);
    link.settle();
    assertThat(link.rightArrivals).isEmpty();
  }

  /** Sends as fast as the line takes it for so long. */
  private int flood(Wire from, long nanos) {
    long end = link.now + nanos;
    int sent = 0;
    while (link.now - end < 0) {
      int before = sent;
      while (link.send(from, 0, 1514, sent & 0xff) == 0) {
        sent++;
      }
      link.runUntil(Math.min(end, link.now + (before == sent ? 1000 : 0)));
    }
    return sent;
  }

  private static void arriveAll(List<VirtualLink.Arrival> arrivals, int sent) {
    assertThat(arrivals).hasSize(sent);
    for (int i = 0; i < sent; i++) {
      assertThat(arrivals.get(i).mark()).as("frame %d", i).isEqualTo(i & 0xff);
    }
  }

  @Test
  void withHeadroomForTheRoundTripNothingIsLost() {
    // 10 us there and back hold 12.5 kB, which the 32 KiB above the watermark take.
    link =
        VirtualLink.between(
            "rate=10gbit,delay=5us,pause=on", "rate=10gbit,delay=5us,fifo=64KiB,pause=32KiB/16KiB");
    link.rightBuffers = 0;
    int sent = flood(link.left, 20_000_000);
    assertThat(link.rightArrivals).isEmpty();
    LinkCounters right = link.rightCounters();
    assertThat(right.fifoDrops()).isZero();
    // A pause lasts 3.36 ms, and is asked for again in time: it never ends in these 20 ms.
    assertThat(right.receivedFrames()).isLessThanOrEqualTo(64 * 1024 / 1514);
    assertThat(right.pauseSent()).isEqualTo(12);
    assertThat(link.leftCounters().pauseReceived()).isEqualTo(12);
    link.rightBuffers = Integer.MAX_VALUE;
    link.settle();
    arriveAll(link.rightArrivals, sent);
    assertThat(right.pauseSent()).as("and one to go on").isEqualTo(13);
    assertThat(link.leftCounters().pausedNanos()).isBetween(19_000_000L, 20_100_000L);
  }

  @Test
  void withoutHeadroomFramesUnderWayAreLost() {
    // 200 us there and back hold 250 kB.
    link =
        VirtualLink.between(
            "rate=10gbit,delay=100us,pause=on,tx-fifo=1MiB",
            "rate=10gbit,delay=100us,fifo=64KiB,pause=32KiB/16KiB");
    link.rightBuffers = 0;
    int sent = flood(link.left, 2_000_000);
    long drops = link.rightCounters().fifoDrops();
    assertThat(drops * 1514).isBetween(200_000L, 260_000L);
    link.rightBuffers = Integer.MAX_VALUE;
    link.settle();
    assertThat(link.rightArrivals).hasSize(sent - (int) drops);
  }

  @Test
  void theModelledFarEndPausesToo() {
    link = new VirtualLink("rate=10gbit,delay=5us,fifo=64KiB,pause=32KiB/16KiB", null, 1);
    link.leftBuffers = 0;
    int sent = flood(link.right, 10_000_000);
    assertThat(link.leftCounters().fifoDrops()).isZero();
    assertThat(link.leftCounters().pauseSent()).isEqualTo(6);
    link.leftBuffers = Integer.MAX_VALUE;
    link.settle();
    arriveAll(link.leftArrivals, sent);
    assertThat(link.rightArrivals).as("the peer behind the wire sees nothing of it").isEmpty();
  }
}
