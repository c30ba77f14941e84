package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/**
 * A million forged sends by a hostile domain, beside an honest one, on one device and one line in
 * virtual time: all are refused, each is counted under its cause and attributed to its domain, and
 * the honest domain gets through what it gets through alone.
 */
class ForgedSendsTest {
  private static final int HONEST = 0;
  private static final int HOSTILE = 1;
  private static final long FORGERIES = 1_000_000;
  private static final long LINE_BITS_PER_SECOND = 10_000_000_000L;
  private static final long LINE_BUFFER_NANOS = 50_000;

  /** What the device needs to look at a packet, sent or refused, on its one thread. */
  private static final long NANOS_PER_PACKET = 100;

  private static final int PAYLOAD = 1448;

  /** What happened: how long it took, and what the honest domain sent. */
  private record Outcome(long nanos, long honestBytes) {}

  @Test
  void aMillionForgeriesAreRefusedAndHurtNobody() {
    Outcome beside = run(FORGERIES, Long.MAX_VALUE);
    Outcome alone = run(0, beside.nanos);
    assertThat(beside.honestBytes).isCloseTo(alone.honestBytes, Percentage.withPercentage(5));
    // The honest domain fills the line: there was something to lose.
    double seconds = alone.nanos / 1e9;
    assertThat(alone.honestBytes * 8 / seconds)
        .isCloseTo(LINE_BITS_PER_SECOND, Percentage.withPercentage(2));
  }

  private static Outcome run(long forgeries, long until) {
    BufferedLine line = new BufferedLine(2, LINE_BITS_PER_SECOND, LINE_BUFFER_NANOS);
    NicConfig config =
        NicConfig.defaults(Packets.OUR_MAC)
            .withQueuePairs(2)
            .withRings(1024, 16)
            .withMode(DeviceMode.AGENT)
            .withClock(() -> line.now)
            .withDomain("honest", ProtectionDomain.Policy.TEMPLATES_REQUIRED, HONEST)
            .withDomain("hostile", ProtectionDomain.Policy.TEMPLATES_REQUIRED, HOSTILE);
    try (Arena arena = Arena.ofShared();
        Nic nic = new Nic(config, line)) {
      QueuePair honest = nic.queuePair(HONEST);
      QueuePair hostile = nic.queuePair(HOSTILE);
      long slab = arena.allocate(1 << 16, 4096).address();
      int region = honest.domain().memory().register(slab, 1 << 16, RegisteredMemory.READ);
      int headers = Packets.tcp4(slab, 7, TcpHeader.ACK, new byte[0], PAYLOAD, Packets.PEER_MAC);
      int template = honest.sendTemplates().add(template());
      Forger forger = new Forger(hostile, arena, region, template);
      NicAgent agent = nic.agent().orElseThrow();
      boolean goesOn = true;
      while (goesOn) {
        fill(honest.transmit(), region, headers, template);
        forger.fill(forgeries);
        long before = answered(honest) + answered(hostile);
        agent.doWork();
        long looked = answered(honest) + answered(hostile) - before;
        line.now += looked * NANOS_PER_PACKET;
        if (looked == 0) {
          line.now = Math.max(line.now + NANOS_PER_PACKET, line.roomAt());
        }
        goesOn = line.now < until && (forgeries == 0 || forger.completed() < forgeries);
      }
      assertThat(line.bytes(HOSTILE)).isZero();
      check(hostile, forger, forgeries);
      checkHonest(honest);
      return new Outcome(line.now, line.bytes(HONEST));
    }
  }

  private static SendTemplate template() {
    return SendTemplate.ipv4(
        Packets.OUR_MAC,
        Packets.PEER_MAC,
        Ipv4Header.PROTOCOL_TCP,
        Packets.OUR_ADDRESS,
        Packets.PEER_ADDRESS,
        Packets.OUR_PORT,
        Packets.PEER_PORT);
  }

  private static long answered(QueuePair queue) {
    return queue.counters().transmitCompletions();
  }

  private static void fill(TransmitQueue tx, int region, int headers, int template) {
    tx.poll((cookie, status) -> assertThat(status).isEqualTo(TransmitStatus.OK), tx.capacity());
    while (tx.freeDescriptors() >= 3) {
      tx.begin(TransmitQueue.CHECKSUM, 0, headers, Packets.TRANSPORT4, 16, template);
      tx.add(region, 0, headers);
      tx.add(region, 4096, PAYLOAD);
      tx.end(0);
    }
    tx.doorbell();
  }

  private static void check(QueuePair hostile, Forger forger, long forgeries) {
    assertThat(forger.seen()).isEqualTo(forger.expected());
    long sum = 0;
    for (int status = 0; status < forger.seen().length; status++) {
      long count = forger.expected()[status];
      if (count > 0) {
        String cause = TransmitStatus.name(status);
        assertThat(hostile.counters().refused(status)).as(cause).isEqualTo(count);
        assertThat(hostile.domain().refused(status)).as(cause).isEqualTo(count);
        sum += count;
      }
    }
    assertThat(sum).isEqualTo(forgeries);
    assertThat(hostile.counters().transmittedPackets()).isZero();
  }

  private static void checkHonest(QueuePair honest) {
    NicCounters counters = honest.counters();
    assertThat(counters.transmittedPackets()).isEqualTo(counters.transmitCompletions());
    assertThat(honest.domain().templateViolations()).isZero();
    for (int status :
        new int[] {
          TransmitStatus.REGION_REFUSED, TransmitStatus.TOO_LONG, TransmitStatus.BAD_DESCRIPTOR
        }) {
      assertThat(honest.domain().refused(status)).isZero();
    }
  }
}
