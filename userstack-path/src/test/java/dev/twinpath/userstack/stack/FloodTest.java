package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many at once: bounded tables, nobody starves, everything comes back. */
class FloodTest {
  private static final class Sink implements ConnectionHandler {
    long bytes;
    boolean remoteClosed;
    CloseCause closed;

    @Override
    public int onData(long address, int length) {
      bytes += length;
      return length;
    }

    @Override
    public void onRemoteClosed() {
      remoteClosed = true;
    }

    @Override
    public void onClosed(CloseCause cause) {
      closed = cause;
    }
  }

  @Test
  void athousandConnectionsShareTheRing() {
    int count = 1000;
    int size = 200_000;
    try (TwoStacks net = TwoStacks.create();
        Arena arena = Arena.ofShared()) {
      long memory = arena.allocate(size).address();
      Memory.fill(memory, size, 9);
      int region = net.serverNic.memory().register(memory, size, RegisteredMemory.READ);
      int[] released = {0};
      net.server.listen(
          0,
          80,
          count,
          c -> {
            Sink sink = new Sink();
            c.sendRange(region, 0, size, (acked, complete) -> released[0] += complete ? 1 : 0);
            c.close();
            return sink;
          });
      List<Sink> sinks = new ArrayList<>();
      List<TcpConnection> clients = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Sink sink = new Sink();
        sinks.add(sink);
        clients.add(net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, sink));
      }
      assertThat(
              net.runUntil(
                  () -> sinks.stream().allMatch(s -> s.remoteClosed), 60_000 * TwoStacks.MILLI))
          .isTrue();
      assertThat(sinks).allMatch(s -> s.bytes == size);
      clients.forEach(TcpConnection::close);
      net.run(1_000 * TwoStacks.MILLI);
      assertThat(released[0]).isEqualTo(count);
      assertThat(net.server.timeWaitCount()).isEqualTo(count);
      assertThat(net.server.connectionCount()).isZero();
      assertThat(net.client.connectionCount()).isZero();
      net.run(61_000 * TwoStacks.MILLI);
      assertThat(net.server.timeWaitCount()).isZero();
      assertThat(net.server.liveResources()).isZero();
    }
  }

  @Test
  void theTimeWaitTableIsBounded() {
    try (TwoStacks net = limited(TwoStacks.serverConfig().maxTimeWait(10))) {
      net.server.listen(
          0,
          80,
          100,
          c -> {
            c.close();
            return new Sink();
          });
      for (int i = 0; i < 50; i++) {
        Sink sink = new Sink();
        TcpConnection c = net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, sink);
        net.runUntil(() -> sink.remoteClosed, TwoStacks.MILLI);
        c.close();
        net.settle();
      }
      assertThat(net.server.timeWaitCount()).isEqualTo(10);
      assertThat(net.server.counters().get(StackCounter.TIME_WAIT_OVERFLOW)).isEqualTo(40);
    }
  }

  @Test
  void theConnectionTableIsBounded() {
    try (TwoStacks net = limited(TwoStacks.serverConfig().maxConnections(20))) {
      net.server.listen(0, 80, 100, c -> new Sink());
      for (int i = 0; i < 30; i++) {
        net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, new Sink());
      }
      net.settle();
      assertThat(net.server.connectionCount()).isEqualTo(20);
      assertThat(net.server.counters().get(StackCounter.CONNECTION_TABLE_FULL)).isEqualTo(10);
    }
  }

  private static TwoStacks limited(StackConfig.Builder server) {
    dev.twinpath.nic.wire.MemoryWire.Pair wire = dev.twinpath.nic.wire.MemoryWire.pair();
    return new TwoStacks(
        TwoStacks.clientConfig().build(), server.build(), wire.left(), wire.right());
  }
}
