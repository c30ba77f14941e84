package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.RegisteredMemory;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Two stacks with a {@link Bottleneck} between; the client sends as much as it is told to. */
public final class BottleneckNet implements AutoCloseable {
  public static final long MILLI = TwoStacks.MILLI;
  private static final int CHUNK = 1 << 20;

  /** One sender. */
  public static final class Flow {
    public TcpConnection connection;
    public long received;

    /** Bytes that it may still queue; bulk if there is no end. */
    public long left = Long.MAX_VALUE;

    private long mark;

    /** Payload bytes that came through since the last time. */
    public long since() {
      long before = mark;
      mark = received;
      return received - before;
    }
  }

  public final Bottleneck path;
  public final TwoStacks net;
  public final List<Flow> flows = new ArrayList<>();
  private final Arena arena = Arena.ofShared();
  private final int region;
  private final long[] clock = {1_000 * MILLI};
  private int accepted;

  public BottleneckNet(String congestionControl, long bitsPerSecond, long rttMillis) {
    this(
        TwoStacks.clientConfig().congestionControl(congestionControl),
        bitsPerSecond,
        rttMillis * MILLI);
  }

  public BottleneckNet(StackConfig.Builder sender, long bitsPerSecond, long rttNanos) {
    path = new Bottleneck(() -> clock[0], bitsPerSecond, rttNanos);
    net =
        new TwoStacks(
            sender.build(),
            TwoStacks.serverConfig().rmem(4096, 16 << 20, 16 << 20).receivePool(64 << 20).build(),
            path.left,
            path.right);
    net.clock = clock;
    long memory = arena.allocate(CHUNK, 4096).address();
    region = net.clientNic.memory().register(memory, CHUNK, RegisteredMemory.READ);
    net.server.listen(
        0,
        80,
        64,
        c -> {
          Flow flow = flows.get(accepted++);
          return new ConnectionHandler() {
            @Override
            public int onData(long address, int length) {
              flow.received += length;
              return length;
            }

            @Override
            public void onRemoteClosed() {}

            @Override
            public void onClosed(CloseCause cause) {}
          };
        });
  }

  /** Opens a connection that sends in bulk. */
  public Flow open() {
    Flow flow = new Flow();
    flows.add(flow);
    TestHandler handler = new TestHandler();
    flow.connection = net.client.connect(0, 0, TwoStacks.SERVER_ADDRESS, 80, handler);
    if (!net.runUntil(() -> handler.connected, 10_000 * MILLI)) {
      throw new AssertionError("not connected");
    }
    return flow;
  }

  private void fill() {
    for (Flow flow : flows) {
      TcpConnection c = flow.connection;
      if (c != null && flow.left > 0 && !c.isClosed() && c.unsentBytes() < 4 * CHUNK) {
        while (flow.left > 0 && c.unsentBytes() < 8 * CHUNK) {
          long length = Math.min(CHUNK, flow.left);
          c.sendRange(region, 0, length, null);
          flow.left -= length;
        }
        c.flush();
      }
    }
  }

  /** Lets time pass; senders without an end never run dry. */
  public void run(long millis) {
    run(millis, () -> {});
  }

  /** The same, with a look at every step. */
  public void run(long millis, Runnable look) {
    net.runUntil(
        () -> {
          fill();
          look.run();
          return false;
        },
        millis * MILLI);
  }

  /** Runs to warm up, forgets, runs on and tells the part of the line that was in use. */
  public double utilisation(long warmUpMillis, long millis) {
    run(warmUpMillis);
    path.forget();
    run(millis);
    return path.carried * 8.0 / (path.rate * (millis / 1e3));
  }

  @Override
  public void close() {
    net.close();
    arena.close();
  }
}
