package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.flow.Steering;
import dev.twinpath.nic.flow.ToeplitzHash;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveCompletion;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A hostile host: rings full of nonsense. The device throws nothing, completes or refuses each
 * packet, reads only what is registered to be read and writes only what is registered to be
 * written.
 */
class DescriptorFuzzTest {
  private static final long SEED = Long.getLong("twinpath.fuzz.seed", 20261120);
  private static final int RING = 64;
  private static final int REGION = 1 << 16;
  private static final int SECRET = 0x5e;
  private static final int GUARD = 4096;

  @Test
  void transmit() {
    transmit(200_000, ProtectionDomain.Policy.TRUSTED);
  }

  @Test
  void transmitByTemplates() {
    transmit(200_000, ProtectionDomain.Policy.TEMPLATES_REQUIRED);
  }

  @Test
  @Tag("nightly")
  void transmitForLong() {
    transmit(20_000_000, ProtectionDomain.Policy.TRUSTED);
  }

  @Test
  @Tag("nightly")
  void transmitByTemplatesForLong() {
    transmit(20_000_000, ProtectionDomain.Policy.TEMPLATES_REQUIRED);
  }

  /**
   * The readable region holds no byte 0x5e; around it, and in another domain's region, everything
   * is 0x5e and must not get out.
   */
  private static void transmit(int packets, ProtectionDomain.Policy policy) {
    try (HostileHost host = new HostileHost(policy, SEED)) {
      SplittableRandom random = host.random;
      for (int i = 0; i < packets; i++) {
        try {
          host.queueSomething();
          int rounds = 0;
          while ((host.engine.hasWork() || host.engine.holdsPackets())
              && rounds++ < 4 * HostileHost.RING) {
            host.now += random.nextInt(4_000_000);
            long bytes = random.nextInt(8) == 0 ? random.nextInt(3000) : Long.MAX_VALUE >>> 1;
            host.engine.doWork(host.now, 1 + random.nextInt(HostileHost.RING), bytes);
            host.takeCompletions();
          }
          assertThat(host.engine.hasWork()).isFalse();
          assertThat(host.engine.holdsPackets()).isFalse();
        } catch (RuntimeException | Error e) {
          throw new AssertionError("seed " + SEED + ", input " + i, e);
        }
        if (host.wire.sent.size() > 1000) {
          host.checkSent();
        }
      }
      host.checkSent();
      NicCounters counters = host.counters;
      assertThat(counters.transmittedPackets()).isPositive();
      assertThat(counters.regionsRefused()).isPositive();
      assertThat(counters.badDescriptors()).isPositive();
      assertThat(counters.tooLong()).isPositive();
      assertThat(counters.staleTemplates()).isPositive();
      assertThat(counters.foreignTemplates()).isPositive();
      assertThat(counters.softwareSegments()).isPositive();
      assertThat(counters.transmitHeld()).isPositive();
      assertThat(counters.transmitBeyondHorizon()).isPositive();
      if (policy == ProtectionDomain.Policy.TEMPLATES_REQUIRED) {
        assertThat(counters.templatesMissing()).isPositive();
        assertThat(counters.wrongAddress()).isPositive();
        assertThat(counters.outsideWindow()).isPositive();
        assertThat(counters.forbiddenFlags()).isPositive();
        assertThat(counters.forbiddenHeaders()).isPositive();
      }
    }
  }

  /** What the device has checked the host cannot change: another thread scribbles all the time. */
  @Test
  void descriptorsAndHeadersThatChangeUnderWay() throws InterruptedException {
    try (HostileHost host = new HostileHost(ProtectionDomain.Policy.TEMPLATES_REQUIRED, SEED)) {
      AtomicBoolean done = new AtomicBoolean();
      Thread scribbler =
          new Thread(
              () -> {
                SplittableRandom random = new SplittableRandom(SEED + 1);
                while (!done.get()) {
                  host.scribble(random);
                }
              });
      scribbler.start();
      try {
        for (int i = 0; i < 100_000; i++) {
          host.queueSomething();
          for (int round = 0; round < 4 && host.engine.hasWork(); round++) {
            host.now += 4_000_000;
            host.engine.doWork(host.now, HostileHost.RING, Long.MAX_VALUE >>> 1);
            host.takeCompletions();
          }
          if (host.wire.sent.size() > 1000) {
            host.checkSent();
          }
        }
      } finally {
        done.set(true);
        scribbler.join();
      }
      host.checkSent();
      assertThat(host.counters.transmittedPackets()).isPositive();
      assertThat(host.counters.templateViolations()).isPositive();
    }
  }

  @Test
  void doorbellsThatLie() {
    RegisteredMemory memory = new RegisteredMemory();
    try (Arena arena = Arena.ofShared()) {
      RecordingWire wire = new RecordingWire(true, true);
      NicCounters counters = new NicCounters();
      DescriptorRing ring = new DescriptorRing(arena, RING);
      TransmitEngine engine =
          new TransmitEngine(
              ring,
              new DescriptorRing(arena, RING),
              memory,
              new SendTemplateTable(),
              wire,
              wire.capabilities(),
              1500,
              counters,
              arena);
      for (long lie : new long[] {RING + 1, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
        ring.publish(lie);
        assertThat(engine.doWork(1000)).isZero();
      }
      assertThat(counters.badDescriptors()).isEqualTo(4);
      assertThat(wire.sent).isEmpty();
    } finally {
      memory.close();
    }
  }

  @Test
  void receive() {
    receive(100_000);
  }

  @Test
  @Tag("nightly")
  void receiveForLong() {
    receive(10_000_000);
  }

  /**
   * Buffers anywhere, with and without one for headers, under segments that are joined: only the
   * registered region is written, also when it was taken away meanwhile, and every buffer comes
   * back once.
   */
  private static void receive(int rounds) {
    SplittableRandom random = new SplittableRandom(SEED);
    RegisteredMemory memory = new RegisteredMemory();
    try (Arena arena = Arena.ofShared();
        Steering steering = new Steering(1, 1000, SEED, ToeplitzHash.standardKey())) {
      long base = arena.allocate(REGION + 2L * GUARD, 4096).address();
      Memory.fill(base, REGION + 2L * GUARD, SECRET);
      int region = memory.register(base + GUARD, REGION, RegisteredMemory.WRITE);
      int readOnly = memory.register(base, GUARD, RegisteredMemory.READ);
      RecordingWire wire = new RecordingWire(true, true);
      DescriptorRing ring = new DescriptorRing(arena, RING);
      DescriptorRing completions = new DescriptorRing(arena, RING);
      NicCounters counters = new NicCounters();
      ReceiveEngine engine =
          engine(ring, completions, memory, wire, new Classifier(steering, 0), counters, arena);
      byte[][] flow = flow(arena);
      BitSet posted = new BitSet();
      int next = 0;
      long seen = 0;
      for (int i = 0; i < rounds; i++) {
        if (next - ring.consumed() < RING) {
          posted.set(next);
          describe(random, ring.entry(next), next, region, readOnly);
          ring.publish(++next);
        }
        for (int f = random.nextInt(3); f > 0; f--) {
          wire.give(flow[random.nextInt(64) == 0 ? 0 : i % flow.length]);
        }
        if (random.nextInt(64) == 0) {
          memory.deregister(region);
          region = memory.register(base + GUARD, REGION, RegisteredMemory.WRITE);
        }
        // A host that writes into what the device holds.
        Memory.putByte(base + GUARD + random.nextInt(REGION), random.nextInt());
        try {
          engine.doWork(4, i);
        } catch (RuntimeException | Error e) {
          throw new AssertionError("seed " + SEED + ", input " + i, e);
        }
        seen = takeBack(completions, seen, posted);
        wire.forget();
      }
      engine.flush();
      takeBack(completions, seen, posted);
      // The device may have read the descriptor of a buffer that it has not used yet.
      int unread = next - (int) ring.consumed();
      assertThat(posted.cardinality())
          .as("not taken yet")
          .isBetween(unread, unread + PostedBuffers.SLOTS);
      for (int i = 0; i < GUARD; i++) {
        assertThat(Memory.getByte(base + i)).isEqualTo(SECRET);
        assertThat(Memory.getByte(base + GUARD + REGION + i)).isEqualTo(SECRET);
      }
      assertThat(counters.regionsRefused()).isPositive();
      assertThat(counters.headersSplit()).isPositive();
      assertThat(counters.coalescing().packets()).isPositive();
      assertThat(counters.coalescing().abandoned()).isPositive();
    } finally {
      memory.close();
    }
  }

  private static void describe(
      SplittableRandom random, long entry, int id, int region, int readOnly) {
    boolean split = random.nextInt(3) == 0;
    boolean wild = random.nextInt(3) == 0;
    ReceiveDescriptor.write(
        entry,
        random.nextInt(8) == 0 ? readOnly : region,
        wild ? random.nextLong() >> random.nextInt(64) : random.nextInt(REGION),
        random.nextInt(8) == 0 ? random.nextInt() : 200 + random.nextInt(2000),
        id,
        split ? (random.nextInt(8) == 0 ? readOnly : region) : ReceiveDescriptor.NO_HEADER,
        wild ? random.nextLong() >> random.nextInt(64) : random.nextInt(REGION));
  }

  private static ReceiveEngine engine(
      DescriptorRing ring,
      DescriptorRing completions,
      RegisteredMemory memory,
      RecordingWire wire,
      Classifier classifier,
      NicCounters counters,
      Arena arena) {
    PostedBuffers buffers = new PostedBuffers(ring, memory);
    ReceiveCompletions done = new ReceiveCompletions(completions, counters);
    ReceiveOptions options =
        ReceiveOptions.defaults()
            .withCoalescing(CoalescingMode.ON)
            .withCoalescingLimits(4, 16, 20)
            .withVlanStripping(true);
    ReceiveDelivery delivery =
        new ReceiveDelivery(options, false, buffers, done, memory, counters, arena);
    return new ReceiveEngine(buffers, done, delivery, options, wire, classifier, 0, null, counters);
  }

  /** Segments that follow each other. */
  private static byte[][] flow(Arena arena) {
    long at = arena.allocate(256).address();
    byte[][] flow = new byte[200][];
    for (int i = 0; i < flow.length; i++) {
      int flags = i % 16 == 15 ? TcpHeader.ACK | TcpHeader.PSH : TcpHeader.ACK;
      int headers = Packets.tcp4(at, 100 * i, flags, new byte[12], 100, Packets.PEER_MAC);
      Ipv4Header.writeChecksum(at + EthernetHeader.LENGTH);
      int length = headers + 100;
      ChecksumOffload.complete(at, length, Packets.TRANSPORT4, TcpHeader.CHECKSUM_OFFSET);
      flow[i] = Memory.toArray(at, length);
    }
    return flow;
  }

  /** Takes what was completed: each buffer was posted, and comes once. */
  private static long takeBack(DescriptorRing completions, long seen, BitSet posted) {
    long end = completions.published();
    for (long at = seen; at < end; at++) {
      int id = ReceiveCompletion.bufferId(completions.entry(at));
      if (!posted.get(id)) {
        throw new AssertionError("buffer " + id + " came back, and was not out");
      }
      posted.clear(id);
    }
    completions.consume(end);
    return end;
  }
}
