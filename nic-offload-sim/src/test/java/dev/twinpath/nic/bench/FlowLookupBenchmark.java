package dev.twinpath.nic.bench;

import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.testsupport.Packets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The flow table alone: a hit of a random flow. */
@State(Scope.Thread)
public class FlowLookupBenchmark {
  /** Flows in the table. */
  @Param({"1", "1000000"})
  public int flows;

  private FlowTable table;
  private int random = 1;

  /** Fills the table. */
  @Setup
  public void fill() {
    table = new FlowTable(1, 1 << 20, 42);
    for (int i = 0; i < flows; i++) {
      table.insert(
          0,
          Ipv4Header.PROTOCOL_TCP,
          Packets.PEER_ADDRESS,
          Packets.PEER_PORT,
          BenchWire.remoteAddress(i),
          Packets.OUR_PORT,
          i);
    }
  }

  @TearDown
  public void close() {
    table.close();
  }

  /** One lookup. */
  @Benchmark
  public long lookup() {
    random = BenchWire.next(random);
    return table.find(
        Ipv4Header.PROTOCOL_TCP,
        Packets.PEER_ADDRESS,
        Packets.PEER_PORT,
        BenchWire.remoteAddress(BenchWire.below(flows, random)),
        Packets.OUR_PORT);
  }
}
