package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.userstack.ip.IpAddress;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In the steady state nothing is allocated per segment, measured by the JVM's own count. */
class StackAllocationTest {
  private static final int REGION = 1 << 20;
  private static final int WARM_UP = 3_000;
  private static final int ROUNDS = 2_000;

  /** Allocated bytes per segment that pass as noise: compilation and counters of the JVM. */
  private static final double NOISE = 0.5;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** A client that only counts. */
  private static final class Counting implements ConnectionHandler {
    long bytes;

    @Override
    public int onData(long address, int length) {
      bytes += length;
      return length;
    }

    @Override
    public void onRemoteClosed() {}

    @Override
    public void onClosed(CloseCause cause) {}
  }

  @ParameterizedTest
  @CsvSource({"10.9.0.2,cubic", "10.9.0.2,reno", "10.9.0.2,bbr", "fd00::2,cubic", "fd00::2,bbr"})
  void bulkAndSmallAnswersAllocateNothing(String address, String control) {
    IpAddress remote = IpAddress.parse(address);
    IpConfig ip = IpConfig.defaults().withDadTransmits(0);
    MemoryWire.Pair wire = MemoryWire.pair();
    try (TwoStacks net =
            new TwoStacks(
                TwoStacks.clientConfig()
                    .address(TwoStacks.CLIENT_ADDRESS_6 + "/64")
                    .ip(ip)
                    .congestionControl(control)
                    .build(),
                TwoStacks.serverConfig()
                    .address(TwoStacks.SERVER_ADDRESS_6 + "/64")
                    .ip(ip)
                    .congestionControl(control)
                    .build(),
                wire.left(),
                wire.right());
        Arena arena = Arena.ofShared()) {
      Counting client = new Counting();
      TestHandler server = new TestHandler();
      net.server.listen(
          0,
          80,
          16,
          c -> {
            server.connection = c;
            return new Counting();
          });
      TcpConnection connection = net.client.connect(IpAddress.ANY, 0, remote, 80, client);
      net.runUntil(() -> server.connection != null, TwoStacks.MILLI);
      long memory = arena.allocate(REGION).address();
      Memory.fill(memory, REGION, 7);
      int region = net.serverNic.memory().register(memory, REGION, RegisteredMemory.READ);
      RangeOwner owner = (acked, complete) -> {};
      for (int i = 0; i < WARM_UP; i++) {
        round(net, connection, server.connection, region, memory, owner);
      }
      long segmentsBefore = segments(net);
      long bytesBefore = client.bytes;
      long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        round(net, connection, server.connection, region, memory, owner);
      }
      long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
      long segments = segments(net) - segmentsBefore;
      assertThat(client.bytes - bytesBefore).isEqualTo(ROUNDS * (100L + 300_000));
      assertThat(segments).isGreaterThan(200L * ROUNDS);
      assertThat((double) allocated / segments)
          .as("%d bytes for %d segments", allocated, segments)
          .isLessThan(NOISE);
    }
  }

  /** A small request, an answer of a copied header and a range. */
  private static void round(
      TwoStacks net,
      TcpConnection client,
      TcpConnection server,
      int region,
      long memory,
      RangeOwner owner) {
    client.sendBytes(memory, 50);
    client.flush();
    settle(net);
    server.sendBytes(memory, 100);
    server.sendRange(region, 0, 300_000, owner);
    server.flush();
    settle(net);
    do {
      // More than once only where the packets are paced.
      net.now += TwoStacks.MILLI;
      settle(net);
    } while (server.unackedBytes() + server.unsentBytes() > 0);
  }

  private static void settle(TwoStacks net) {
    net.settle();
  }

  private static long segments(TwoStacks net) {
    return net.server.counters().get(StackCounter.SEGMENTS_OUT)
        + net.client.counters().get(StackCounter.SEGMENTS_OUT);
  }
}
