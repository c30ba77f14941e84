package dev.twinpath.nic.bench;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.offload.SendTemplate;
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
 * Transmit: descriptors written, a doorbell for the batch, gathered, checked by template, offloads
 * prepared, given to a wire that takes uncut frames, completed and polled. What the wire does, such
 * as copying, is not in it.
 */
@State(Scope.Thread)
public class TransmitBenchmark {
  static final int BATCH = 16;

  /** Bytes of a packet, from the Ethernet header: the last is 45 segments, uncut. */
  @Param({"64", "1514", "65214"})
  public int frame;

  /** Connections with a send template each, of which each packet names a random one; 0 = none. */
  @Param({"0", "1", "1000000"})
  public int templates;

  private final Arena arena = Arena.ofShared();
  private BenchHost host;
  private int[] ids;
  private int random = 1;

  /** Plugs in and registers the templates. */
  @Setup
  public void plugIn() {
    host = new BenchHost(NicConfig.defaults(Packets.OUR_MAC), new BenchWire(arena, 64, 1), frame);
    ids = new int[Math.max(1, templates)];
    for (int i = 0; i < templates; i++) {
      ids[i] =
          host.queue
              .sendTemplates()
              .add(
                  SendTemplate.ipv4(
                      Packets.OUR_MAC,
                      Packets.PEER_MAC,
                      Ipv4Header.PROTOCOL_TCP,
                      Packets.OUR_ADDRESS,
                      Packets.PEER_ADDRESS,
                      Packets.OUR_PORT,
                      Packets.PEER_PORT));
    }
  }

  @TearDown
  public void close() {
    host.close();
    arena.close();
  }

  /** A batch. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int transmit() {
    for (int i = 0; i < BATCH; i++) {
      random = BenchWire.next(random);
      host.send(ids[BenchWire.below(ids.length, random)]);
    }
    host.queue.transmit().doorbell();
    return host.poll();
  }
}
