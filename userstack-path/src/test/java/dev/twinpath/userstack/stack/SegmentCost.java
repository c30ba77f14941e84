package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Not a test: CPU time that the stack and the simulated NIC take for one small exchange and for one
 * packet of 64 KiB, both ends in one thread over a memory wire. A main for the test class path.
 */
public final class SegmentCost {
  private static final int CONNECTIONS = 64;
  private static final int ANSWER = 1024;

  private SegmentCost() {}

  private static final class Answering implements ConnectionHandler {
    private final TcpConnection connection;
    private final int region;
    private final long header;
    private final int size;

    Answering(TcpConnection connection, int region, long header, int size) {
      this.connection = connection;
      this.region = region;
      this.header = header;
      this.size = size;
    }

    @Override
    public int onData(long address, int length) {
      connection.sendBytes(header, 100);
      connection.sendRange(region, 0, size, null);
      return length;
    }

    @Override
    public void onDataEnd() {
      connection.flush();
    }

    @Override
    public void onRemoteClosed() {}

    @Override
    public void onClosed(CloseCause cause) {}
  }

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

  /** Prints nanoseconds per exchange, per segment and per kilobyte. */
  public static void main(String[] args) {
    measure("1 KiB answers", CONNECTIONS, ANSWER, 5_000);
    measure("1 MiB answers", 1, 1 << 20, 10_000);
  }

  private static void measure(String name, int connections, int size, int rounds) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    try (TwoStacks net = TwoStacks.create();
        Arena arena = Arena.ofShared()) {
      long memory = arena.allocate(1 << 20).address();
      Memory.fill(memory, 1 << 20, 1);
      int region = net.serverNic.memory().register(memory, 1 << 20, RegisteredMemory.READ);
      net.server.listen(0, 80, 128, c -> new Answering(c, region, memory, size));
      TcpConnection[] clients = new TcpConnection[connections];
      Counting counting = new Counting();
      for (int i = 0; i < connections; i++) {
        clients[i] = net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, counting);
        net.run(TwoStacks.MILLI);
      }
      for (int pass = 0; pass < 4; pass++) {
        long cpu = threads.getCurrentThreadCpuTime();
        long device =
            net.serverNic.queuePair(0).counters().deviceNanos()
                + net.clientNic.queuePair(0).counters().deviceNanos();
        for (int round = 0; round < rounds; round++) {
          for (TcpConnection client : clients) {
            client.sendBytes(memory, 100);
            client.flush();
          }
          net.settle();
          net.now += 100_000;
        }
        device =
            net.serverNic.queuePair(0).counters().deviceNanos()
                + net.clientNic.queuePair(0).counters().deviceNanos()
                - device;
        cpu = threads.getCurrentThreadCpuTime() - cpu;
        double exchanges = (double) rounds * connections;
        System.out.printf(
            "%s: %.0f ns per exchange, both ends (%.0f of it in the NICs, by the wall clock), %.1f GB/s%n",
            name, cpu / exchanges, device / exchanges, exchanges * size / cpu);
      }
    }
  }
}
