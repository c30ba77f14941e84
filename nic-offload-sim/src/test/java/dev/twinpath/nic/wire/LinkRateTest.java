package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The modelled line gives exactly its rate to a NIC that has enough to send. */
class LinkRateTest {
  private static final int PACKETS = 200;
  private static final int HEADERS = 54;

  private long now = 1_000_000_000L;

  /**
   * Of each frame's MTU 40 bytes are IP and TCP headers; 14 of Ethernet and 24 of preamble, check
   * sequence and gap come on top: 1460 of 1538 bytes, 8960 of 9038.
   */
  @ParameterizedTest
  @CsvSource({
    "1500, 43, 9.492848, uncut", "9000, 7, 9.913698, uncut",
    "1500, 43, 9.492848, cut", "9000, 7, 9.913698, cut",
  })
  void aSegmentingSenderGetsTheGoodputOfTheMtu(
      int mtu, int segments, double gigabits, String form) {
    int segment = mtu - 40;
    int payload = segments * segment;
    MemoryWire.Pair pair = MemoryWire.pair();
    LinkModel model = LinkModel.parse("rate=10gbit,delay=5us,pcie=900ns,inbound=off,mtu=" + mtu);
    LinkWire line = new LinkWire(pair.left(), model, () -> now);
    Wire wire = form.equals("cut") ? new ImpairedWire(line, Impairment.none(1), () -> now) : line;
    try (TestHost sender = new TestHost(NicConfig.defaults(Packets.OUR_MAC).withMtu(mtu), wire);
        TestHost receiver = new TestHost(Packets.PEER_MAC, pair.right())) {
      long begin = now;
      int headers =
          Packets.tcp4(sender.slab, 1, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
      TransmitQueue tx = sender.queue.transmit();
      int queued = 0;
      long received = 0;
      long last = 0;
      for (int round = 0; received < (long) PACKETS * payload; round++) {
        assertThat(round).isLessThan(200_000);
        while (queued < PACKETS && tx.freeDescriptors() >= 3) {
          tx.begin(
              TransmitQueue.CHECKSUM | TransmitQueue.TSO4,
              segment,
              headers,
              Packets.TRANSPORT4,
              16,
              0);
          tx.add(sender.slabRegion, 0, headers);
          tx.add(sender.slabRegion, 4096, payload);
          tx.end(queued++);
        }
        tx.doorbell();
        sender.poll();
        while (receiver.poll() > 0) {
          for (TestHost.Received frame : receiver.received) {
            received += frame.bytes().length - HEADERS;
            last = now;
          }
          receiver.received.clear();
        }
        long next = sender.queue.nextDeadlineNanos();
        if (next != Long.MAX_VALUE) {
          now = Math.max(now, next);
        }
      }
      long bits = (long) PACKETS * segments * (mtu + 14 + 24) * 8;
      long elapsed = last - begin;
      // Not a nanosecond beside the rate, after the bus and the way there.
      assertThat(elapsed).isEqualTo(900 + bits / 10 + 5000);
      assertThat(received * 8.0 / (elapsed - 5900)).isCloseTo(gigabits, within(1e-6));
      assertThat(sender.completed)
          .hasSize(PACKETS)
          .allSatisfy(c -> assertThat(c.status()).isEqualTo(TransmitStatus.OK));
      assertThat(line.counters(0).sentFrames()).isEqualTo((long) PACKETS * segments);
      assertThat(line.counters(0).sentLineBytes()).isEqualTo(bits / 8);
    }
  }

  /** In real time the line may be slower than its rate, on a busy machine, but never faster. */
  @Test
  @Timeout(60)
  void queuesOfSeveralThreadsNeverExceedTheLineTogether() {
    int threads = 3;
    int frames = 1000;
    MemoryWire.Pair pair = MemoryWire.pair(threads, 1 << 20);
    LinkModel model = LinkModel.parse("rate=1gbit,inbound=off");
    long begin = System.nanoTime();
    try (LinkWire line = new LinkWire(pair.left(), model);
        Wire right = pair.right()) {
      CompletableFuture<?>[] senders = new CompletableFuture<?>[threads];
      for (int t = 0; t < threads; t++) {
        WireQueue from = line.queue(t);
        WireQueue to = right.queue(t);
        senders[t] = CompletableFuture.runAsync(() -> sendAll(from, to, frames));
      }
      CompletableFuture.allOf(senders).join();
      long elapsed = System.nanoTime() - begin;
      long lineNanos = (long) threads * frames * (1000 + 24) * 8;
      assertThat(elapsed).isGreaterThanOrEqualTo(lineNanos);
      for (int t = 0; t < threads; t++) {
        assertThat(line.counters(t).sentFrames()).isEqualTo(frames);
        assertThat(line.counters(t).wireDrops()).isZero();
      }
    }
  }

  private static void sendAll(WireQueue from, WireQueue to, int frames) {
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(70_000, 8).address();
      Frame frame = new Frame();
      Frame context = new Frame();
      int sent = 0;
      int arrived = 0;
      while (arrived < frames) {
        Memory.fill(memory, 1000, 0);
        frame.clear();
        frame.add(memory, 1000);
        if (sent < frames && from.transmit(frame) == 0) {
          sent++;
        }
        from.service();
        while (to.receive(memory, 70_000, context) > 0) {
          arrived++;
        }
        Thread.onSpinWait();
      }
    }
  }
}
