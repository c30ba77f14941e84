package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.IpAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two shards of ours over a memory wire, in virtual time: the application's view. */
class TransferTest {
  private final TwoStacks net = net();
  private final Arena arena = Arena.ofShared();
  private final TestHandler client = new TestHandler();
  private final TestHandler server = new TestHandler();

  TwoStacks net() {
    return TwoStacks.create();
  }

  IpAddress serverAddress() {
    return IpAddress.of(TwoStacks.SERVER_ADDRESS);
  }

  @AfterEach
  void close() {
    net.close();
    arena.close();
  }

  private void open() {
    net.server.listen(
        0,
        80,
        16,
        c -> {
          server.connection = c;
          return server;
        });
    client.connection = net.client.connect(IpAddress.ANY, 0, serverAddress(), 80, client);
    assertThat(net.runUntil(() -> client.connected, TwoStacks.MILLI)).isTrue();
    net.settle();
    assertThat(server.connection).isNotNull();
  }

  private MemorySegment random(int length) {
    byte[] bytes = new byte[length];
    new Random(7).nextBytes(bytes);
    MemorySegment segment = arena.allocate(length);
    Memory.copy(bytes, 0, segment.address(), length);
    return segment;
  }

  @Test
  void bytesGoBothWaysAndBothSidesClose() {
    open();
    MemorySegment data = random(100_000);
    assertThat(client.connection.sendBytes(data.address(), 100_000)).isEqualTo(100_000);
    client.connection.flush();
    net.settle();
    assertThat(server.received.toByteArray()).isEqualTo(Memory.toArray(data.address(), 100_000));
    server.connection.sendBytes(data.address(), 10);
    net.settle();
    assertThat(client.received.size()).as("nothing leaves before flush").isZero();
    server.connection.flush();
    server.connection.shutdownOutput();
    net.settle();
    assertThat(client.received.size()).isEqualTo(10);
    assertThat(client.remoteClosed).isTrue();
    // The FIN's acknowledgment waits for an answer that could carry it.
    net.run(50 * TwoStacks.MILLI);
    assertThat(server.connection.state()).isEqualTo(TcpState.FIN_WAIT_2);
    assertThat(client.connection.state()).isEqualTo(TcpState.CLOSE_WAIT);
    client.connection.close();
    net.settle();
    assertThat(client.closed).isEqualTo(CloseCause.NORMAL);
    assertThat(server.closed).isEqualTo(CloseCause.NORMAL);
    assertThat(net.server.timeWaitCount()).isEqualTo(1);
    net.run(61_000 * TwoStacks.MILLI);
    assertThat(net.server.timeWaitCount()).isZero();
    assertThat(net.client.liveResources()).isZero();
    assertThat(net.server.liveResources()).isZero();
  }

  @Test
  void aRangeIsSentWithoutACopyAndReleasedOnce() {
    open();
    int length = 5_000_000;
    MemorySegment data = random(length);
    int region = net.serverNic.memory().register(data.address(), length, RegisteredMemory.READ);
    long[] released = {0, 0, 0};
    server.connection.sendBytes(data.address(), 100);
    server.connection.sendRange(
        region,
        0,
        length,
        (acked, complete) -> {
          released[0]++;
          released[1] = acked;
          released[2] = complete ? 1 : 0;
        });
    server.connection.flush();
    assertThat(net.runUntil(() -> client.received.size() == length + 100, 10_000 * TwoStacks.MILLI))
        .isTrue();
    net.run(TwoStacks.MILLI * 100);
    assertThat(released).containsExactly(1, length, 1);
    byte[] received = client.received.toByteArray();
    byte[] expected = Memory.toArray(data.address(), length);
    assertThat(java.util.Arrays.equals(received, 100, length + 100, expected, 0, length)).isTrue();
    assertThat(net.server.counters().get(StackCounter.COPIED_SEND)).isEqualTo(100);
    assertThat(net.client.counters().get(StackCounter.COPIED_RECEIVE)).isZero();
    assertThat(net.server.counters().get(StackCounter.SEGMENTS_RETRANSMITTED)).isZero();
  }

  @Test
  void anApplicationThatDoesNotReadShutsTheWindow() {
    open();
    server.take = 0;
    MemorySegment data = random(3_000_000);
    client.connection.sendBytes(data.address(), 3_000_000);
    client.connection.flush();
    net.run(5_000 * TwoStacks.MILLI);
    int held = server.connection.receiveAvailable();
    assertThat(held).isBetween(60_000, 66_000);
    assertThat(net.client.counters().get(StackCounter.WINDOW_PROBES)).isPositive();
    MemorySegment room = arena.allocate(3_000_000);
    long[] read = {0};
    boolean done =
        net.runUntil(
            () -> {
              read[0] +=
                  server.connection.receive(room.address() + read[0], (int) (3_000_000 - read[0]));
              server.take = Integer.MAX_VALUE;
              return read[0] + server.received.size() == 3_000_000;
            },
            60_000 * TwoStacks.MILLI);
    assertThat(done).isTrue();
    byte[] expected = Memory.toArray(data.address(), 3_000_000);
    byte[] first = Memory.toArray(room.address(), (int) read[0]);
    assertThat(java.util.Arrays.equals(first, 0, first.length, expected, 0, first.length)).isTrue();
  }
}
