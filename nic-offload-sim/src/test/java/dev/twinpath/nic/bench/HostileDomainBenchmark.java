package dev.twinpath.nic.bench;

import dev.twinpath.nic.device.BufferedLine;
import dev.twinpath.nic.device.Forger;
import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.ProtectionDomain;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * What a hostile domain costs an honest one in real time: the honest domain's rate on a line of 10
 * Gbit/s, with forged sends beside it and without, interleaved (ABBA), the device on a thread of
 * its own. Prints the median of the ratios; the virtual-time test is {@code ForgedSendsTest}.
 *
 * <pre>
 * mvn -o -Dquick -pl nic-offload-sim test-compile
 * java --enable-native-access=ALL-UNNAMED
 *     -cp nic-offload-sim/target/classes:nic-offload-sim/target/test-classes
 *     dev.twinpath.nic.bench.HostileDomainBenchmark [blocks] [milliseconds]
 * </pre>
 */
public final class HostileDomainBenchmark {
  private static final long BITS_PER_SECOND = 10_000_000_000L;
  private static final long BUFFER_NANOS = 500_000;
  private static final int HONEST = 0;
  private static final int HOSTILE = 1;
  private static final int PAYLOAD = 60_000;
  private static final int MILLION = 1_000_000;

  private final Nic nic;
  private final QueuePair honest;
  private final Forger forger;
  private final int region;
  private final int headers;
  private final int template;

  private HostileDomainBenchmark(Arena arena) {
    NicConfig config =
        NicConfig.defaults(Packets.OUR_MAC)
            .withQueuePairs(2)
            .withRings(1024, 16)
            .withThread(Long.MAX_VALUE)
            .withDomain("honest", ProtectionDomain.Policy.TEMPLATES_REQUIRED, HONEST)
            .withDomain("hostile", ProtectionDomain.Policy.TEMPLATES_REQUIRED, HOSTILE);
    nic = new Nic(config, new BufferedLine(2, BITS_PER_SECOND, BUFFER_NANOS, System::nanoTime));
    honest = nic.queuePair(HONEST);
    long slab = arena.allocate(1 << 17, 4096).address();
    region = honest.domain().memory().register(slab, 1 << 17, RegisteredMemory.READ);
    headers = Packets.tcp4(slab, 7, TcpHeader.ACK, new byte[0], PAYLOAD, Packets.PEER_MAC);
    template =
        honest
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
    forger = new Forger(nic.queuePair(HOSTILE), arena, region, template);
  }

  /** Runs the benchmark. */
  public static void main(String[] arguments) {
    int blocks = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10;
    long millis = arguments.length > 1 ? Long.parseLong(arguments[1]) : 250;
    try (Arena arena = Arena.ofShared()) {
      HostileDomainBenchmark benchmark = new HostileDomainBenchmark(arena);
      try {
        benchmark.run(blocks, millis * MILLION);
      } finally {
        benchmark.nic.close();
      }
    }
  }

  private void run(int blocks, long nanos) {
    trial(true, nanos);
    trial(false, nanos);
    double[] ratios = new double[blocks];
    double[] nulls = new double[blocks];
    double alone = 0;
    long before = forger.completed();
    for (int i = 0; i < blocks; i++) {
      double a1 = trial(false, nanos);
      double b1 = trial(true, nanos);
      double b2 = trial(true, nanos);
      double a2 = trial(false, nanos);
      ratios[i] = (b1 + b2) / (a1 + a2);
      nulls[i] = a2 / a1;
      alone += (a1 + a2) / 2 / blocks;
    }
    double refusals = (forger.completed() - before) / (2e-9 * nanos * blocks);
    Arrays.sort(ratios);
    Arrays.sort(nulls);
    System.out.printf(
        "honest alone %.2f Gbit/s; beside %.1f million forged sends a second: median ratio %.3f"
            + " (least %.3f, greatest %.3f); alone against alone %.3f; %d blocks%n",
        alone,
        refusals / MILLION,
        ratios[blocks / 2],
        ratios[0],
        ratios[blocks - 1],
        nulls[blocks / 2],
        blocks);
  }

  /** Returns what the honest domain sent, in Gbit/s. */
  private double trial(boolean hostile, long nanos) {
    TransmitQueue tx = honest.transmit();
    long begin = System.nanoTime();
    long bytes = honest.counters().transmittedBytes();
    long now = begin;
    while (now - begin < nanos) {
      tx.poll((cookie, status) -> {}, tx.capacity());
      while (tx.freeDescriptors() >= 3) {
        tx.begin(
            TransmitQueue.CHECKSUM | TransmitQueue.TSO4,
            1448,
            headers,
            Packets.TRANSPORT4,
            16,
            template);
        tx.add(region, 0, headers);
        tx.add(region, 4096, PAYLOAD);
        tx.end(0);
      }
      tx.doorbell();
      if (hostile) {
        forger.fill(Long.MAX_VALUE);
      }
      honest.doWork(now);
      nic.queuePair(HOSTILE).doWork(now);
      now = System.nanoTime();
    }
    return (honest.counters().transmittedBytes() - bytes) * 8.0 / (now - begin);
  }
}
