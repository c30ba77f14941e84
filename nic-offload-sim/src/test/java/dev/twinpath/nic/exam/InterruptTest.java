package dev.twinpath.nic.exam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.DeviceMode;
import dev.twinpath.nic.device.InterruptModeration;
import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.Packets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Interrupts and their moderation, after what Linux asks of a driver: {@code
 * tools/testing/selftests/drivers/net/hw/irq.py}, and ethtool's coalescing parameters. The device
 * is an agent on a virtual clock, but for the hammer.
 */
@Timeout(120)
class InterruptTest {
  private static final long MICRO = 1_000;
  private static final byte[] FRAME = new byte[60];

  private final long[] clock = {1_000_000_000L};
  private TestHost peer;
  private TestHost host;
  private int raised;

  private void plugIn(InterruptModeration moderation) {
    MemoryWire.Pair wire = MemoryWire.pair();
    peer = new TestHost(Packets.PEER_MAC, wire.right());
    NicConfig config =
        NicConfig.defaults(Packets.OUR_MAC)
            .withMode(DeviceMode.AGENT)
            .withClock(() -> clock[0])
            .withModeration(moderation);
    host = new TestHost(config, wire.left());
    host.queue.interrupt().sink(() -> raised++);
  }

  @AfterEach
  void unplug() {
    if (host != null) {
      host.close();
      peer.close();
      host = null;
    }
  }

  private int device() {
    return host.nic.agent().orElseThrow().doWork();
  }

  private void arrive(int frames) {
    for (int i = 0; i < frames; i++) {
      peer.send(FRAME);
    }
  }

  private void sendOne() {
    TransmitQueue tx = host.queue.transmit();
    tx.begin(0, 0, 0, 0, 0, 0);
    tx.add(host.slabRegion, 0, FRAME.length);
    tx.end(0);
    tx.doorbell();
  }

  /** What a driver does in its interrupt handler: polls until nothing is left, and arms again. */
  private void handle() {
    host.queue.disarmInterrupt();
    do {
      host.poll();
    } while (!host.queue.armInterrupt());
  }

  @Test
  void aHostThatPollsIsNeverInterrupted() {
    plugIn(InterruptModeration.NONE);
    for (int i = 0; i < 100; i++) {
      arrive(3);
      device();
      host.poll();
    }
    assertThat(host.received).hasSize(300);
    assertThat(raised).isZero();
    assertThat(host.queue.counters().interrupts()).isZero();
    assertThat(host.queue.counters().interruptsModerated()).isZero();
  }

  @Test
  void aBatchIsOneInterruptAndTheNextNeedsAnotherArming() {
    plugIn(InterruptModeration.NONE);
    assertThat(host.queue.armInterrupt()).isTrue();
    arrive(5);
    device();
    assertThat(raised).isEqualTo(1);
    arrive(2);
    device();
    assertThat(raised).as("one for each arming").isEqualTo(1);
    handle();
    assertThat(host.received).hasSize(7);
    arrive(1);
    device();
    assertThat(raised).isEqualTo(2);
    assertThat(host.queue.counters().interrupts()).isEqualTo(2);
  }

  @Test
  void whoArmsOverWorkThatIsThereMustNotSleep() {
    plugIn(InterruptModeration.NONE);
    arrive(1);
    device();
    assertThat(host.queue.armInterrupt()).isFalse();
    host.queue.disarmInterrupt();
    host.poll();
    assertThat(host.queue.armInterrupt()).isTrue();
  }

  @Test
  void byCountSoManyFramesAreOneInterrupt() {
    plugIn(InterruptModeration.of(4, 1_000));
    handle();
    for (int i = 0; i < 22; i++) {
      int before = raised;
      arrive(1);
      device();
      if (raised > before) {
        handle();
      }
    }
    assertThat(raised).as("22 frames, 4 each").isEqualTo(5);
    assertThat(host.queue.counters().interruptsModerated()).isEqualTo(22 - 5);
    clock[0] += 1_000 * MICRO;
    device();
    assertThat(raised).as("the last two, by time").isEqualTo(6);
    handle();
    assertThat(host.received).hasSize(22);
  }

  @Test
  void byTimeTheFirstFrameStartsTheClock() {
    plugIn(InterruptModeration.of(0, 50));
    handle();
    arrive(1);
    device();
    final long due = clock[0] + 50 * MICRO;
    clock[0] += 20 * MICRO;
    arrive(7);
    device();
    assertThat(host.nic.agent().orElseThrow().nextDeadlineNanos()).isEqualTo(due);
    clock[0] = due - 1;
    device();
    assertThat(raised).isZero();
    clock[0] = due;
    device();
    assertThat(raised).isEqualTo(1);
    assertThat(host.nic.agent().orElseThrow().nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void eachDirectionHasItsOwnModeration() {
    plugIn(new InterruptModeration(1, 0, 3, 500));
    handle();
    sendOne();
    device();
    assertThat(raised).as("a completed send waits").isZero();
    arrive(1);
    device();
    assertThat(raised).as("a frame does not").isEqualTo(1);
    handle();
    assertThat(host.completed).hasSize(1);
    for (int i = 0; i < 3; i++) {
      sendOne();
      device();
    }
    assertThat(raised).as("three completed sends").isEqualTo(2);
  }

  @Test
  void moderationChangesWhileTheQueueRuns() {
    plugIn(InterruptModeration.of(8, 1_000));
    handle();
    arrive(1);
    device();
    assertThat(raised).isZero();
    host.queue.interrupt().moderation(InterruptModeration.NONE);
    device();
    assertThat(raised).as("what waited is due at once").isEqualTo(1);
  }

  @Test
  void parametersThatWouldLoseTheLastFrameAreRefused() {
    assertThatThrownBy(() -> InterruptModeration.of(2, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rx-usecs");
    assertThatThrownBy(() -> new InterruptModeration(1, 0, 70_000, 5))
        .hasMessageContaining("tx-frames");
    assertThatThrownBy(() -> new InterruptModeration(1, -1, 1, 0)).hasMessageContaining("rx-usecs");
  }

  /** Whatever comes when, and however it is moderated: once time has passed the host has it all. */
  @Test
  void noCompletionIsLeftBehind() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int frames = random.nextInt(5);
      plugIn(
          new InterruptModeration(
              frames, frames > 1 ? 1 + random.nextInt(200) : random.nextInt(200), 0, 0));
      raised = 0;
      int sent = 0;
      int handled = 0;
      handle();
      for (int step = 0; step < 50; step++) {
        int count = random.nextInt(3);
        arrive(count);
        sent += count;
        clock[0] += random.nextInt(100) * MICRO;
        device();
        if (raised > handled) {
          handled = raised;
          handle();
        }
      }
      for (int i = 0; i < 100 && host.received.size() < sent; i++) {
        long deadline = host.nic.agent().orElseThrow().nextDeadlineNanos();
        clock[0] = deadline == Long.MAX_VALUE ? clock[0] : Math.max(clock[0], deadline);
        device();
        if (raised > handled) {
          handled = raised;
          handle();
        }
      }
      assertThat(host.received).as("seed %d", seed).hasSize(sent);
      unplug();
    }
  }

  @Test
  void theDescriptorIsReadableFromTheInterruptUntilTheHostIsAwake() {
    plugIn(InterruptModeration.NONE);
    try (Arena arena = Arena.ofConfined()) {
      long pollfd = arena.allocate(8, 8).address();
      Memory.putInt(pollfd, host.queue.pollableFd());
      Memory.putShort(pollfd + 4, Linux.POLLIN);
      handle();
      assertThat(Linux.poll(pollfd, 1, 0)).isZero();
      arrive(1);
      device();
      assertThat(Linux.poll(pollfd, 1, 0)).isEqualTo(1);
      handle();
      assertThat(Linux.poll(pollfd, 1, 0)).isZero();
    }
  }

  @Test
  void queuesInterruptForThemselves() {
    MemoryWire.Pair wire = MemoryWire.pair(3, 1 << 18);
    NicConfig config =
        NicConfig.defaults(Packets.OUR_MAC).withQueuePairs(3).withMode(DeviceMode.AGENT);
    try (Arena arena = Arena.ofConfined();
        Nic nic = new Nic(config, wire.left());
        Nic other = new Nic(NicConfig.defaults(Packets.PEER_MAC).withQueuePairs(3), wire.right())) {
      long memory = arena.allocate(1 << 16, 4096).address();
      int region = nic.memory().register(memory, 1 << 16, RegisteredMemory.WRITE);
      int source = other.memory().register(memory, 1 << 16, RegisteredMemory.READ);
      int[] count = new int[3];
      for (int i = 0; i < 3; i++) {
        int index = i;
        nic.queuePair(i).receive().post(region, i * 2048L, 2048, i);
        nic.queuePair(i).interrupt().sink(() -> count[index]++);
        assertThat(nic.queuePair(i).armInterrupt()).isTrue();
      }
      nic.queuePair(1)
          .flowTable()
          .insert(
              Ipv4Header.PROTOCOL_TCP,
              Packets.PEER_ADDRESS,
              Packets.PEER_PORT,
              Packets.OUR_ADDRESS,
              Packets.OUR_PORT,
              7);
      int length = Packets.tcp4(memory + 8192, 1, TcpHeader.ACK, new byte[0], 0, Packets.OUR_MAC);
      QueuePair from = other.queuePair(1);
      from.transmit()
          .begin(
              TransmitQueue.CHECKSUM, 0, length, Packets.TRANSPORT4, TcpHeader.CHECKSUM_OFFSET, 0);
      from.transmit().add(source, 8192, length);
      from.transmit().end(0);
      from.transmit().doorbell();
      from.doWork(0);
      nic.agent().orElseThrow().doWork();
      assertThat(count).containsExactly(0, 1, 0);
      assertThat(nic.queuePair(0).interrupt().isArmed()).isTrue();
      assertThat(nic.queuePair(1).interrupt().isArmed()).isFalse();
      assertThat(nic.queuePair(1).counters().interrupts()).isEqualTo(1);
      assertThat(nic.queuePair(2).counters().interrupts()).isZero();
    }
  }

  /** On its host's own thread the device has nobody to wake: the wire's descriptor does. */
  @Test
  void anInlineDeviceDoesNotInterruptTheThreadThatRunsIt() {
    MemoryWire.Pair wire = MemoryWire.pair();
    peer = new TestHost(Packets.PEER_MAC, wire.right());
    host = new TestHost(Packets.OUR_MAC, wire.left());
    host.queue.interrupt().sink(() -> raised++);
    assertThat(host.queue.armInterrupt()).isTrue();
    arrive(3);
    host.poll();
    assertThat(host.received).hasSize(3);
    assertThat(raised).isZero();
  }

  @Test
  void teardownWhileArmedGivesEveryDescriptorBack() throws IOException {
    int before = eventDescriptors();
    for (int i = 0; i < 50; i++) {
      plugIn(InterruptModeration.of(8, 100));
      assertThat(host.queue.pollableFd()).isPositive();
      handle();
      arrive(1);
      device();
      unplug();
    }
    assertThat(eventDescriptors()).isLessThanOrEqualTo(before);
  }

  private static int eventDescriptors() throws IOException {
    int count = 0;
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors) {
        if (Files.isSymbolicLink(descriptor)
            && Files.readSymbolicLink(descriptor).toString().contains("eventfd")) {
          count++;
        }
      }
    }
    return count;
  }

  /**
   * Both ends sleep whenever they can, and so do both devices, on threads of their own. A wake-up
   * that is lost anywhere ends it: who sleeps is woken by the other only.
   */
  @Test
  void reArmingRacesLoseNoWakeUp() {
    int rounds = 10_000;
    MemoryWire.Pair wire = MemoryWire.pair();
    NicConfig config = NicConfig.defaults(Packets.OUR_MAC).withThread(0);
    host = new TestHost(config, wire.left());
    peer = new TestHost(config.withModeration(InterruptModeration.of(2, 20)), wire.right());
    CompletableFuture<Integer> other =
        CompletableFuture.supplyAsync(() -> pingPong(peer, false, rounds));
    assertThat(pingPong(host, true, rounds)).isEqualTo(rounds);
    assertThat(other.join()).isEqualTo(rounds);
    assertThat(host.queue.counters().interrupts()).isPositive();
    assertThat(host.nic.thread().orElseThrow().failures()).isZero();
  }

  private static int pingPong(TestHost host, boolean begins, int rounds) {
    try (Arena arena = Arena.ofConfined()) {
      long pollfd = arena.allocate(8, 8).address();
      Memory.putInt(pollfd, host.queue.pollableFd());
      Memory.putShort(pollfd + 4, Linux.POLLIN);
      if (begins) {
        host.send(FRAME);
      }
      int seen = 0;
      while (seen < rounds) {
        host.poll();
        if (host.received.isEmpty()) {
          if (host.queue.armInterrupt()) {
            assertThat(Linux.poll(pollfd, 1, 20_000)).as("woken, not timed out").isEqualTo(1);
          }
          host.queue.disarmInterrupt();
        }
        int frames = host.received.size();
        host.received.clear();
        host.completed.clear();
        for (int i = 0; i < frames; i++) {
          seen++;
          if (!begins || seen < rounds) {
            host.send(FRAME);
          }
        }
      }
      return seen;
    }
  }
}
