package dev.twinpath.nic.bench;

import dev.twinpath.nic.capture.CapturePoint;
import dev.twinpath.nic.capture.TappedQueue;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.NanoClock;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What it costs to measure the device's time, and to have a capture's tap that is off. */
public class DeviceCostBenchmark {
  static final int FRAMES = 16;

  /** A device that asks the clock, or one that asks a constant. */
  @State(Scope.Thread)
  public static class Accounting {
    /** Whether the device's time is measured. */
    @Param({"on", "off"})
    public String accounting;

    private final Arena arena = Arena.ofShared();
    private BenchHost host;

    /** Plugs in. */
    @Setup
    public void plugIn() {
      NanoClock clock = accounting.equals("on") ? System::nanoTime : () -> 1;
      NicConfig config = NicConfig.defaults(Packets.OUR_MAC).withClock(clock);
      host = new BenchHost(config, new BenchWire(arena, 64, 1), 64);
    }

    @TearDown
    public void close() {
      host.close();
      arena.close();
    }
  }

  /** A queue behind a tap, or the queue itself. */
  @State(Scope.Thread)
  public static class Tap {
    /** Whether there is a tap, which is off. */
    @Param({"none", "off"})
    public String tap;

    private final Arena arena = Arena.ofShared();
    private final Frame frame = new Frame();
    private BenchWire wire;
    private WireQueue queue;
    private long buffer;

    /** Plugs in. */
    @Setup
    public void plugIn() {
      wire = new BenchWire(arena, 64, 1);
      queue = tap.equals("none") ? wire : new TappedQueue(wire, new CapturePoint(arena));
      buffer = arena.allocate(2048, 64).address();
    }

    @TearDown
    public void close() {
      arena.close();
    }
  }

  /** A call of doWork that finds nothing. */
  @Benchmark
  public int idleDoWork(Accounting state) {
    return state.host.queue.doWork(1);
  }

  /** A call of doWork that sends one packet of 64 B, with all that the host does for it. */
  @Benchmark
  public int doWorkOfOnePacket(Accounting state) {
    state.host.send(0);
    state.host.queue.transmit().doorbell();
    return state.host.poll();
  }

  /** A frame of 64 B received from the cheapest wire. */
  @Benchmark
  @OperationsPerInvocation(FRAMES)
  public int receiveThroughATap(Tap state) {
    state.wire.give(FRAMES);
    int bytes = 0;
    for (int i = 0; i < FRAMES; i++) {
      bytes += state.queue.receive(state.buffer, 2048, state.frame);
    }
    return bytes;
  }
}
