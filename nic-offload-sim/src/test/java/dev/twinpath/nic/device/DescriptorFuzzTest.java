package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.flow.Steering;
import dev.twinpath.nic.flow.ToeplitzHash;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.wire.RecordingWire;
import java.lang.foreign.Arena;
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
          while (host.engine.hasWork() && rounds++ < 4 * HostileHost.RING) {
            long bytes = random.nextInt(8) == 0 ? random.nextInt(3000) : Long.MAX_VALUE >>> 1;
            host.engine.doWork(0, 1 + random.nextInt(HostileHost.RING), bytes);
            host.takeCompletions();
          }
          assertThat(host.engine.hasWork()).isFalse();
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
            host.engine.doWork(HostileHost.RING);
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
      PostedBuffers buffers = new PostedBuffers(ring, memory);
      ReceiveCompletions done = new ReceiveCompletions(completions, counters);
      ReceiveOptions options = ReceiveOptions.defaults();
      ReceiveEngine engine =
          new ReceiveEngine(
              buffers,
              done,
              new ReceiveDelivery(options, true, buffers, done, memory, counters, arena),
              options,
              wire,
              new Classifier(steering, 0),
              0,
              null,
              counters);
      byte[] frame = new byte[200];
      for (long i = 0; i < 100_000; i++) {
        int capacity = random.nextInt(3) == 0 ? random.nextInt() : 200 + random.nextInt(100);
        ReceiveDescriptor.write(
            ring.entry(i),
            random.nextInt(4) == 0 ? readOnly : region,
            random.nextLong() >> random.nextInt(64),
            capacity,
            (int) i);
        ring.publish(i + 1);
        wire.give(frame);
        try {
          engine.doWork(4, 0);
          completions.consume(completions.published());
        } catch (RuntimeException | Error e) {
          throw new AssertionError("seed " + SEED + ", input " + i, e);
        }
        wire.forget();
      }
      for (int i = 0; i < GUARD; i++) {
        assertThat(Memory.getByte(base + i)).isEqualTo(SECRET);
        assertThat(Memory.getByte(base + GUARD + REGION + i)).isEqualTo(SECRET);
      }
    } finally {
      memory.close();
    }
  }
}
