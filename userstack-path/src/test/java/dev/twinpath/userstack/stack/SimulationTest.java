package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.MemoryWire;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two stacks over a bad wire in virtual time: whatever the wire does, every byte arrives as it was
 * sent, both sides learn of the end, and nothing is left behind. A failure replays from its seed.
 */
class SimulationTest {
  private static final int SEEDS = 60;
  private static final int NIGHTLY_SEEDS = 3_000;
  private static final int MAX_BYTES = 1 << 20;
  private static final long HOUR = 3_600_000L * TwoStacks.MILLI;

  static java.util.stream.LongStream seeds() {
    return java.util.stream.LongStream.range(1, SEEDS + 1);
  }

  static java.util.stream.LongStream nightlySeeds() {
    return java.util.stream.LongStream.range(1_000, 1_000 + NIGHTLY_SEEDS);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyByteArrives(long seed) {
    new Run(seed).go();
  }

  @Tag("nightly")
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("nightlySeeds")
  void everyByteArrivesAllNight(long seed) {
    new Run(seed).go();
  }

  /** One simulation. */
  private static final class Run {
    private final SplittableRandom random;
    private final String description;
    private final TwoStacks net;
    private final TestHandler client = new TestHandler();
    private final TestHandler server = new TestHandler();
    private final long[] clock = {1_000 * TwoStacks.MILLI};
    private final Arena arena = Arena.ofShared();

    Run(long seed) {
      random = new SplittableRandom(seed);
      double[] losses = {0, 0.001, 0.02, 0.05, 0.1, 0.25};
      Impairment impairment =
          Impairment.none(seed)
              .withLoss(losses[random.nextInt(losses.length)])
              .withDuplicate(random.nextInt(3) == 0 ? random.nextDouble() * 0.1 : 0)
              .withCorrupt(random.nextInt(3) == 0 ? random.nextDouble() * 0.05 : 0)
              .withReorder(
                  random.nextInt(2) == 0 ? random.nextDouble() * 0.2 : 0,
                  random.nextLong(20) * TwoStacks.MILLI / 2)
              .withDelay(
                  random.nextLong(30_000_000),
                  random.nextInt(3) == 0 ? random.nextLong(5_000_000) : 0);
      if (random.nextInt(3) == 0) {
        impairment = impairment.withRate(1_000_000L << random.nextInt(10), 16 << random.nextInt(6));
      }
      description = impairment.toString();
      MemoryWire.Pair wire = MemoryWire.pair();
      ImpairedWire left = new ImpairedWire(wire.left(), impairment, () -> clock[0]);
      net =
          new TwoStacks(
              config(TwoStacks.clientConfig()).build(),
              config(TwoStacks.serverConfig()).build(),
              left,
              wire.right());
      net.clock = clock;
    }

    private StackConfig.Builder config(StackConfig.Builder builder) {
      return builder
          .sack(random.nextInt(4) != 0)
          .timestamps(random.nextInt(4) != 0)
          .windowScaling(random.nextInt(4) != 0)
          .synRetries(15)
          .synAckRetries(15)
          .retries(40)
          .orphanRetries(40)
          .rmem(4096, 8192 << random.nextInt(9), 8192 << 8 + random.nextInt(3));
    }

    void go() {
      try {
        transfer();
      } catch (AssertionError e) {
        throw new AssertionError(description + ": " + e.getMessage(), e);
      } finally {
        net.close();
        arena.close();
      }
    }

    private void transfer() {
      net.server.listen(
          0,
          80,
          16,
          c -> {
            server.connection = c;
            return server;
          });
      connect();
      byte[] up = send(net.clientNic.memory(), client.connection);
      byte[] down = send(net.serverNic.memory(), server.connection);
      boolean arrived =
          net.runUntil(
              () -> server.received.size() >= up.length && client.received.size() >= down.length,
              10 * HOUR);
      assertThat(server.closed).isNull();
      assertThat(client.closed).isNull();
      assertThat(arrived)
          .as(
              "all arrives: %d of %d, %d of %d; %s; %s",
              server.received.size(),
              up.length,
              client.received.size(),
              down.length,
              client.connection.info(),
              server.connection.info())
          .isTrue();
      assertThat(server.received.toByteArray()).isEqualTo(up);
      assertThat(client.received.toByteArray()).isEqualTo(down);
      client.connection.close();
      server.connection.close();
      net.runUntil(() -> client.closed != null && server.closed != null, 10 * HOUR);
      assertThat(client.closedCalls).isEqualTo(1);
      assertThat(server.closedCalls).isEqualTo(1);
      net.run(HOUR);
      assertThat(net.client.liveResources() + net.server.liveResources()).as("leaks").isZero();
      assertThat(net.client.connectionCount() + net.server.connectionCount()).isZero();
      assertThat(net.client.timeWaitCount() + net.server.timeWaitCount()).isZero();
      assertThat(net.clientNic.queuePair(0).flowTable().size()).isZero();
      assertThat(net.serverNic.queuePair(0).flowTable().size()).isZero();
    }

    /** A wire this bad may lose every ARP request, which is a clear error: then once more. */
    private void connect() {
      for (int i = 0; i < 20 && !(client.connected && server.connection != null); i++) {
        client.closed = null;
        client.closedCalls = 0;
        client.connection = net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, client);
        net.runUntil(
            () -> client.closed != null || client.connected && server.connection != null, HOUR);
        if (client.closed != null) {
          assertThat(client.closed).isEqualTo(CloseCause.UNREACHABLE);
        }
      }
      assertThat(client.connected && server.connection != null).as("connected").isTrue();
    }

    /** Queues random data as a mixture of copies and ranges. */
    private byte[] send(RegisteredMemory memory, TcpConnection connection) {
      int length = random.nextInt(MAX_BYTES);
      byte[] data = new byte[length];
      for (int i = 0; i < length; i++) {
        data[i] = (byte) random.nextInt();
      }
      long address = arena.allocate(Math.max(1, length)).address();
      Memory.copy(data, 0, address, length);
      int region = memory.register(address, Math.max(1, length), RegisteredMemory.READ);
      int done = 0;
      while (done < length) {
        int piece = Math.min(length - done, 1 + random.nextInt(100_000));
        if (random.nextBoolean()) {
          piece = connection.sendBytes(address + done, Math.min(piece, 5_000));
          assertThat(piece).isPositive();
        } else {
          connection.sendRange(region, done, piece, null);
        }
        done += piece;
      }
      connection.flush();
      return data;
    }
  }
}
