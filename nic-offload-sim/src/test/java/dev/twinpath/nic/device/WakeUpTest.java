package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two hosts that sleep whenever they have nothing to do never miss a wake-up. */
@Timeout(60)
class WakeUpTest {
  private static final int ROUNDS = 5_000;

  /** Sleeps as an event loop does; without the wake-up it would sleep for 20 s. */
  private static void sleep(QueuePair queue, long pollfd) {
    if (queue.armInterrupt()) {
      Memory.putInt(pollfd, queue.pollableFd());
      Memory.putShort(pollfd + 4, Linux.POLLIN);
      assertThat(Linux.poll(pollfd, 1, 20_000)).as("woken, not timed out").isEqualTo(1);
    }
    queue.disarmInterrupt();
  }

  /** Answers each frame with one; the first side begins. */
  private static int pingPong(TestHost host, boolean begins) {
    try (Arena arena = Arena.ofConfined()) {
      long pollfd = arena.allocate(8, 8).address();
      byte[] frame = new byte[100];
      if (begins) {
        host.send(frame);
      }
      int seen = 0;
      while (seen < ROUNDS) {
        if (host.poll() == 0 && host.received.isEmpty()) {
          sleep(host.queue, pollfd);
        }
        int frames = host.received.size();
        host.received.clear();
        host.completed.clear();
        for (int i = 0; i < frames; i++) {
          seen++;
          if (!begins || seen < ROUNDS) {
            host.send(frame);
          }
        }
      }
      return seen;
    }
  }

  @Test
  void pingPong() {
    MemoryWire.Pair pair = MemoryWire.pair();
    try (TestHost left = new TestHost(Packets.OUR_MAC, pair.left());
        TestHost right = new TestHost(Packets.PEER_MAC, pair.right())) {
      CompletableFuture<Integer> other =
          CompletableFuture.supplyAsync(() -> pingPong(right, false));
      assertThat(pingPong(left, true)).isEqualTo(ROUNDS);
      assertThat(other.join()).isEqualTo(ROUNDS);
    }
  }

  @Test
  void aSenderThatSleepsOnAFullWireIsWokenWhenThereIsRoom() {
    MemoryWire.Pair pair = MemoryWire.pair(1, 1 << 18);
    int frames = 20_000;
    try (TestHost left = new TestHost(Packets.OUR_MAC, pair.left());
        TestHost right = new TestHost(Packets.PEER_MAC, pair.right());
        Arena arena = Arena.ofShared()) {
      CompletableFuture<Void> sender =
          CompletableFuture.runAsync(
              () -> {
                long pollfd = arena.allocate(8, 8).address();
                TransmitQueue tx = left.queue.transmit();
                int sent = 0;
                while (sent < frames || left.queue.hasPendingTransmit()) {
                  while (sent < frames && tx.freeDescriptors() >= 2) {
                    tx.begin(0, 0, 0, 0, 0, 0);
                    tx.add(left.slabRegion, 0, 1400);
                    tx.end(sent++);
                  }
                  tx.doorbell();
                  if (left.poll() == 0) {
                    sleep(left.queue, pollfd);
                  }
                }
              });
      long pollfd = arena.allocate(8, 8).address();
      int seen = 0;
      while (seen < frames) {
        if (right.poll() == 0) {
          sleep(right.queue, pollfd);
        }
        seen += right.received.size();
        right.received.clear();
      }
      sender.join();
      assertThat(seen).isEqualTo(frames);
      assertThat(left.queue.counters().transmitBlocked()).isPositive();
    }
  }
}
