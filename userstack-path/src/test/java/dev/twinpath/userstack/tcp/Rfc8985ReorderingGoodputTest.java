package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.TcpConnection;
import dev.twinpath.userstack.stack.TestHandler;
import dev.twinpath.userstack.stack.TwoStacks;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * RACK is for something: over a path that reorders, transfers with it are faster, and take
 * reordering for loss less often, than with the fixed threshold of three duplicates. Virtual time.
 */
class Rfc8985ReorderingGoodputTest {
  private static final int BYTES = 8_000_000;
  private static final int SEEDS = 3;
  private static final long RATE = 50_000_000;

  @ParameterizedTest
  @CsvSource({"0.03, 0", "0.01, 0.001", "0.05, 0.005", "0.1, 0.01"})
  void rackIsFasterThanAFixedThreshold(double reorder, double loss) {
    long rack = 0;
    long fixed = 0;
    long recoveries = 0;
    long fixedRecoveries = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      Run with = new Run(reorder, loss, seed, false);
      Run without = new Run(reorder, loss, seed, true);
      rack += with.nanos;
      fixed += without.nanos;
      recoveries += with.recoveries;
      fixedRecoveries += without.recoveries;
    }
    // Without loss a fixed threshold takes all its needless reductions back in the end.
    long bound = loss == 0 ? fixed + fixed / 10 : fixed;
    assertThat(rack).as("nanoseconds of all transfers").isLessThan(bound);
    assertThat(recoveries).as("recoveries").isLessThan(fixedRecoveries / 2);
  }

  /** One transfer over 40 ms and 50 Mbit/s; what is late is so by an eighth of the round trip. */
  private static final class Run {
    long nanos;
    long recoveries;

    Run(double reorder, double loss, long seed, boolean fixed) {
      long[] clock = {1_000 * TwoStacks.MILLI};
      Impairment impairment =
          Impairment.none(seed)
              .withReorder(reorder, 5 * TwoStacks.MILLI)
              .withLoss(loss)
              .withDelay(20 * TwoStacks.MILLI, 0)
              .withRate(RATE, 400);
      MemoryWire.Pair wire = MemoryWire.pair();
      ImpairedWire path = new ImpairedWire(wire.right(), impairment, () -> clock[0]);
      try (TwoStacks net =
              new TwoStacks(
                  TwoStacks.clientConfig().rmem(4096, 4 << 20, 4 << 20).build(),
                  TwoStacks.serverConfig().congestionControl("cubic").build(),
                  wire.left(),
                  path);
          Arena arena = Arena.ofShared()) {
        net.clock = clock;
        long[] taken = new long[1];
        TestHandler client =
            new TestHandler() {
              @Override
              public int onData(long address, int length) {
                taken[0] += length;
                return length;
              }
            };
        TestHandler server = new TestHandler();
        net.server.listen(
            0,
            80,
            16,
            c -> {
              server.connection = c;
              return server;
            });
        TcpConnection ignored = net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, client);
        assertThat(net.runUntil(() -> server.connection != null, 60_000 * TwoStacks.MILLI))
            .isTrue();
        if (fixed) {
          TcpStack stack = ((Connection) server.connection).stack;
          stack.rack = new DuplicateThreshold(stack);
        }
        long memory = arena.allocate(BYTES).address();
        int region = net.serverNic.memory().register(memory, BYTES, RegisteredMemory.READ);
        server.connection.sendRange(region, 0, BYTES, null);
        server.connection.flush();
        long begin = net.now;
        assertThat(net.runUntil(() -> taken[0] == BYTES, 3_600_000 * TwoStacks.MILLI)).isTrue();
        nanos = net.now - begin;
        recoveries = net.server.counters().get(StackCounter.RECOVERIES);
      }
    }
  }
}
