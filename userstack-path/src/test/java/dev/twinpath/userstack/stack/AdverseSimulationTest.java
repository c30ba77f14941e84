package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.BurstLoss;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.MemoryWire;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two stacks in virtual time with everything against them at once: both directions of the wire lose
 * up to 30 % of the frames, in bursts too, reorder, repeat and corrupt them; buffers are tiny, the
 * clock jumps, applications abort and peers die. Whatever arrives is right and in order, a stream's
 * end means that all of it arrived, every connection ends, and nothing is left over.
 */
class AdverseSimulationTest {
  private static final int SEEDS = 200;
  private static final int NIGHTLY_SEEDS = 4_000;
  private static final long SECOND = 1_000_000_000L;
  private static final long LIMIT = 6 * 3600 * SECOND;

  static LongStream seeds() {
    return LongStream.range(1, SEEDS + 1);
  }

  static LongStream nightlySeeds() {
    return LongStream.range(10_000, 10_000 + NIGHTLY_SEEDS);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyConnectionEndsWellOrWithAReason(long seed) {
    new Run(seed).go();
  }

  @Tag("nightly")
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("nightlySeeds")
  void everyConnectionEndsWellOrWithAReasonAllNight(long seed) {
    new Run(seed).go();
  }

  /** One simulation. */
  private static final class Run {
    private static final int SCRATCH = 32 * 1024;

    private final SplittableRandom random;
    private final Impairment there;
    private final Impairment back;
    private final TwoStacks net;
    private final long[] clock = {1_000 * TwoStacks.MILLI};
    private final Arena arena = Arena.ofShared();
    private final long scratch = arena.allocate(SCRATCH).address();
    private final List<SimulatedPeer> clients = new ArrayList<>();
    private final Map<Integer, SimulatedPeer> servers = new HashMap<>();
    private final boolean serverDies;
    private final long deathNanos;
    private final int maxBytes;
    private boolean serverDead;

    Run(long seed) {
      random = new SplittableRandom(seed);
      there = impairment(seed);
      // Two flipped bits may cancel out in the checksum, and a frame crosses both wires.
      back = impairment(~seed).withCorrupt(0);
      serverDies = random.nextInt(8) == 0;
      deathNanos = clock[0] + random.nextLong(3 * SECOND);
      maxBytes = 1 << 8 + random.nextInt(11);
      MemoryWire.Pair wire = MemoryWire.pair();
      net =
          new TwoStacks(
              config(TwoStacks.clientConfig()).build(),
              config(TwoStacks.serverConfig()).build(),
              new ImpairedWire(wire.left(), there, () -> clock[0]),
              new ImpairedWire(wire.right(), back, () -> clock[0]));
    }

    private Impairment impairment(long seed) {
      double[] losses = {0, 0, 0.001, 0.01, 0.05, 0.15, 0.3};
      Impairment impairment =
          Impairment.none(seed)
              .withLoss(losses[random.nextInt(losses.length)])
              .withDuplicate(random.nextInt(3) == 0 ? random.nextDouble() * 0.2 : 0)
              .withCorrupt(random.nextInt(4) == 0 ? random.nextDouble() * 0.1 : 0)
              .withReorder(
                  random.nextInt(2) == 0 ? random.nextDouble() * 0.3 : 0,
                  1 + random.nextLong(20) * TwoStacks.MILLI)
              .withDelay(
                  random.nextLong(100 * TwoStacks.MILLI),
                  random.nextInt(3) == 0 ? random.nextLong(10 * TwoStacks.MILLI) : 0);
      if (random.nextInt(4) == 0) {
        impairment =
            impairment.withBurstLoss(
                new BurstLoss(
                    0.01 + random.nextDouble() * 0.04, 0.2 + random.nextDouble() * 0.6, 1, 0));
      }
      if (random.nextInt(3) == 0) {
        impairment = impairment.withRate(500_000L << random.nextInt(11), 4 << random.nextInt(8));
      }
      return impairment;
    }

    private StackConfig.Builder config(StackConfig.Builder builder) {
      return builder
          .sack(random.nextInt(4) != 0)
          .timestamps(random.nextInt(4) != 0)
          .windowScaling(random.nextInt(4) != 0)
          .ecn(random.nextInt(3))
          .congestionControl(
              StackConfig.CONGESTION_CONTROLS.get(
                  random.nextInt(StackConfig.CONGESTION_CONTROLS.size())))
          .synRetries(8)
          .synAckRetries(8)
          .retries(12)
          .orphanRetries(8)
          .maxSynBacklog(1 + random.nextInt(16))
          .wmem(4096, 4096 << random.nextInt(6), 4096 << 6 + random.nextInt(4))
          .rmem(4096, 8192 << random.nextInt(9), 8192 << 8 + random.nextInt(3));
    }

    void go() {
      try {
        simulate();
      } catch (AssertionError e) {
        throw new AssertionError(there + " / " + back + ": " + e.getMessage(), e);
      } finally {
        net.close();
        arena.close();
      }
    }

    private long patterns(RegisteredMemory memory, int[] region) {
      int size = 16 * SimulatedPeer.PERIOD;
      long address = arena.allocate(size).address();
      for (int i = 0; i < size; i++) {
        int seed = i / SimulatedPeer.PERIOD;
        Memory.putByte(address + i, SimulatedPeer.pattern(seed, i % SimulatedPeer.PERIOD));
      }
      region[0] = memory.register(address, size, RegisteredMemory.READ);
      return address;
    }

    private void simulate() {
      int[] region = new int[1];
      long serverMemory = patterns(net.serverNic.memory(), region);
      int serverRegion = region[0];
      long clientMemory = patterns(net.clientNic.memory(), region);
      net.server.listen(
          0,
          80,
          64,
          c -> {
            int port = c.remotePort();
            SimulatedPeer peer =
                new SimulatedPeer(
                    random.split(), serverMemory, serverRegion, port, false, maxBytes);
            peer.connection = c;
            c.keepAlive(true, 30, 10, 5);
            servers.put(port, peer);
            return peer;
          });
      int count = 1 + random.nextInt(6);
      for (int i = 0; i < count; i++) {
        int port = 40_000 + i;
        SimulatedPeer peer =
            new SimulatedPeer(random.split(), clientMemory, region[0], port, true, maxBytes);
        peer.connection = net.client.connect(0, port, TwoStacks.SERVER_ADDRESS, 80, peer);
        peer.connection.keepAlive(true, 30, 10, 5);
        clients.add(peer);
      }
      run();
      check();
    }

    /** Turns of the applications at random times, timers in between, until all is over. */
    private void run() {
      long end = clock[0] + LIMIT;
      boolean over = false;
      while (!over && clock[0] < end) {
        over = true;
        for (SimulatedPeer peer : clients) {
          peer.turn(scratch, SCRATCH);
          over &= peer.cause != null;
        }
        for (SimulatedPeer peer : List.copyOf(servers.values())) {
          if (!serverDead) {
            peer.turn(scratch, SCRATCH);
            over &= peer.cause != null;
          }
        }
        misbehave();
        pass(random.nextInt(50) == 0 ? 1 + random.nextLong(SECOND) : 20 * TwoStacks.MILLI);
      }
      assertThat(over).as("every connection ends").isTrue();
      // What is left is TIME_WAIT, and what the wire still holds.
      pass(600 * SECOND);
    }

    private void misbehave() {
      if (random.nextInt(400) == 0) {
        clients.get(random.nextInt(clients.size())).abort();
      }
      if (random.nextInt(400) == 0 && !serverDead) {
        servers.values().stream().findFirst().ifPresent(SimulatedPeer::abort);
      }
      if (random.nextInt(300) == 0) {
        // The machine slept.
        clock[0] += random.nextLong(120 * SECOND);
      }
      if (serverDies && clock[0] >= deathNanos) {
        serverDead = true;
      }
    }

    private void pass(long nanos) {
      long end = clock[0] + nanos;
      while (true) {
        settle();
        long next = net.client.nextDeadlineNanos();
        if (!serverDead) {
          next = Math.min(next, net.server.nextDeadlineNanos());
        }
        if (next > end) {
          break;
        }
        clock[0] = Math.max(clock[0] + 1, next);
      }
      clock[0] = end;
      settle();
    }

    private void settle() {
      net.now = clock[0];
      for (int i = 0; i < 1_000_000; i++) {
        int work = net.client.poll(clock[0]);
        if (!serverDead) {
          work += net.server.poll(clock[0]);
        }
        if (work == 0) {
          return;
        }
      }
      throw new AssertionError("the stacks do not come to rest");
    }

    private void check() {
      for (int i = 0; i < clients.size(); i++) {
        SimulatedPeer client = clients.get(i);
        SimulatedPeer server = servers.get(40_000 + i);
        ended(client);
        if (serverDead) {
          continue;
        }
        if (server != null) {
          ended(server);
          if (!server.aborted && client.cause == CloseCause.NORMAL) {
            assertThat(server.isComplete()).as("the server has what was acknowledged").isTrue();
          }
        }
      }
      leaks(net.client);
      assertThat(net.clientNic.queuePair(0).flowTable().size()).as("flows").isZero();
      if (!serverDead) {
        leaks(net.server);
        assertThat(net.serverNic.queuePair(0).flowTable().size()).as("flows").isZero();
      }
    }

    private static void ended(SimulatedPeer peer) {
      assertThat(peer.closedCalls).isEqualTo(1);
      if (peer.cause == CloseCause.NORMAL) {
        assertThat(peer.isComplete()).as("a normal end has everything").isTrue();
        assertThat(peer.sawEnd).isTrue();
      } else if (peer.aborted) {
        assertThat(peer.cause).isEqualTo(CloseCause.LOCAL_ABORT);
      } else {
        assertThat(peer.cause)
            .isIn(
                CloseCause.RESET_BY_PEER,
                CloseCause.TIMED_OUT,
                CloseCause.REFUSED,
                CloseCause.UNREACHABLE);
      }
    }

    private static void leaks(StackShard shard) {
      assertThat(shard.liveResources()).as("blocks and records").isZero();
      assertThat(shard.connectionCount()).as("connections").isZero();
      assertThat(shard.timeWaitCount()).as("TIME_WAIT").isZero();
    }
  }
}
