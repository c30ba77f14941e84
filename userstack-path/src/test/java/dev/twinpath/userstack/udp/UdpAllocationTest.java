package dev.twinpath.userstack.udp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.TwoStacks;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** In the steady state nothing is allocated per datagram, measured by the JVM's own count. */
class UdpAllocationTest {
  private static final int BATCH = 20;
  private static final int WARM_UP = 3_000;
  private static final int ROUNDS = 2_000;

  /** Allocated bytes per datagram that pass as noise: compilation and counters of the JVM. */
  private static final double NOISE = 0.5;

  /** Answers each datagram, and takes every other one from the queue. */
  private static final class Echo implements UdpHandler {
    UdpSocket socket;
    long scratch;
    long datagrams;

    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      datagrams++;
      if ((datagrams & 1) == 0) {
        return false;
      }
      socket.send(high, low, port, address, length);
      return true;
    }

    @Override
    public void onQueued() {
      datagrams++;
    }

    void drain() {
      while (socket.queued() > 0) {
        long high = socket.nextSourceHigh();
        long low = socket.nextSourceLow();
        int port = socket.nextSourcePort();
        int length = socket.nextLength();
        socket.receive(scratch, length);
        socket.send(high, low, port, scratch, length);
      }
    }
  }

  /** Counts answers. */
  private static final class Counter implements UdpHandler {
    long datagrams;

    @Override
    public boolean onDatagram(long high, long low, int port, long address, int length) {
      datagrams++;
      return true;
    }
  }

  @Test
  void sendingQueueingAndReceivingAllocateNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (TwoStacks net = TwoStacks.create();
        Arena arena = Arena.ofShared()) {
      long memory = arena.allocate(4096).address();
      Echo echo = new Echo();
      echo.scratch = memory + 2048;
      echo.socket = net.server.udpSocket(echo);
      echo.socket.bind(IpAddress.ANY, 7);
      Counter counter = new Counter();
      UdpSocket client = net.client.udpSocket(counter);
      client.connect(IpAddress.parse("10.9.0.2"), 7);
      client.send(memory, 1);
      net.settle();
      assertThat(counter.datagrams).as("the neighbour is known").isEqualTo(1);
      for (int i = 0; i < WARM_UP; i++) {
        round(net, client, echo, memory);
      }
      long before = counter.datagrams;
      long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        round(net, client, echo, memory);
      }
      long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
      long datagrams = 2 * (counter.datagrams - before);
      assertThat(datagrams).isEqualTo(2L * ROUNDS * BATCH);
      assertThat((double) allocated / datagrams)
          .as("%d bytes for %d datagrams", allocated, datagrams)
          .isLessThan(NOISE);
    }
  }

  private static void round(TwoStacks net, UdpSocket client, Echo echo, long memory) {
    for (int i = 0; i < BATCH; i++) {
      client.send(memory, 64 * i);
    }
    net.settle();
    echo.drain();
    net.settle();
    net.now += 1_000;
  }
}
