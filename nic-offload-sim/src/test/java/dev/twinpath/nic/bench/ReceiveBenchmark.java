package dev.twinpath.nic.bench;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Receive to a queue: from the wire into a posted buffer, parsed, matched, completed, polled and
 * the buffer posted again; each frame of a random flow that the table knows.
 */
@State(Scope.Thread)
public class ReceiveBenchmark {
  /** Frames that come at once. */
  static final int BATCH = BenchHost.BUFFERS;

  /** Bytes of a frame, from the Ethernet header: the last is 45 segments, uncut. */
  @Param({"64", "1514", "65214"})
  public int frame;

  /** Flows in the table. */
  @Param({"1", "1000000"})
  public int flows;

  private final Arena arena = Arena.ofShared();
  private BenchWire wire;
  private BenchHost host;

  /** Plugs in and fills the table. */
  @Setup
  public void plugIn() {
    wire = new BenchWire(arena, frame, flows);
    NicConfig config = NicConfig.defaults(Packets.PEER_MAC).withMaxFlows(1 << 20);
    host = new BenchHost(config, wire, 64);
    for (int i = 0; i < flows; i++) {
      host.queue
          .flowTable()
          .insert(
              Ipv4Header.PROTOCOL_TCP,
              Packets.PEER_ADDRESS,
              Packets.PEER_PORT,
              BenchWire.remoteAddress(i),
              Packets.OUR_PORT,
              i);
    }
  }

  /** Every frame was a hit, and none was lost. */
  @TearDown
  public void check() {
    if (host.queue.counters().flowMatches() != host.frames || host.frames == 0) {
      throw new IllegalStateException(
          host.queue.counters().flowMatches() + " matches of " + host.frames + " frames");
    }
    host.close();
    arena.close();
  }

  /** A batch. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int receive() {
    wire.give(BATCH);
    return host.poll();
  }
}
