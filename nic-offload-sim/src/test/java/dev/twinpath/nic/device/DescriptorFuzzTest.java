package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.flow.Classifier;
import dev.twinpath.nic.flow.Steering;
import dev.twinpath.nic.flow.ToeplitzHash;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.offload.TcpSegmentation;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.ring.TransmitDescriptor;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;
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
    transmit(300_000);
  }

  @Test
  @Tag("nightly")
  void transmitForLong() {
    transmit(20_000_000);
  }

  /** The readable region holds no byte 0x5e; around it, everything is 0x5e and must not get out. */
  private static void transmit(int packets) {
    SplittableRandom random = new SplittableRandom(SEED);
    RegisteredMemory memory = new RegisteredMemory();
    try (Arena arena = Arena.ofShared()) {
      long base = arena.allocate(REGION + 2L * GUARD, 4096).address();
      Memory.fill(base, REGION + 2L * GUARD, SECRET);
      long readable = base + GUARD;
      Memory.fill(readable, REGION, 0);
      int region = memory.register(readable, REGION, RegisteredMemory.READ);
      int unreadable = memory.register(base, GUARD, RegisteredMemory.WRITE);
      int stale = memory.register(base, GUARD, RegisteredMemory.READ);
      memory.deregister(stale);
      int[] regions = {region, region, region, region, unreadable, stale, -1, region + 1};
      RecordingWire wire = new RecordingWire(false, false);
      NicCounters counters = new NicCounters();
      DescriptorRing ring = new DescriptorRing(arena, RING);
      DescriptorRing completions = new DescriptorRing(arena, RING);
      TransmitEngine engine =
          new TransmitEngine(
              ring,
              completions,
              memory,
              new SendTemplateTable(),
              wire,
              wire.capabilities(),
              1500,
              counters,
              arena);
      long tail = 0;
      for (int i = 0; i < packets; i++) {
        try {
          if (random.nextInt(16) == 0) {
            Packets.tcp4(readable, 1, TcpHeader.ACK, new byte[8], 3000, Packets.PEER_MAC);
          }
          if (random.nextInt(4) == 0) {
            int noise = random.nextInt(256);
            Memory.putByte(readable + random.nextInt(64), noise == SECRET ? 0 : noise);
            Memory.putByte(readable + random.nextInt(64), 0);
          }
          tail = fill(random, ring, tail, regions);
          ring.publish(tail);
          int rounds = 0;
          while (engine.hasWork() && rounds++ < RING + 1) {
            engine.doWork(RING);
            completions.consume(completions.published());
          }
          assertThat(engine.hasWork()).isFalse();
        } catch (RuntimeException | Error e) {
          throw new AssertionError("seed " + SEED + ", input " + i, e);
        }
        if (wire.sent.size() > 1000) {
          checkNoSecret(wire);
        }
      }
      checkNoSecret(wire);
      assertThat(counters.transmittedPackets()).isPositive();
      assertThat(counters.regionsRefused()).isPositive();
      assertThat(counters.badDescriptors()).isPositive();
      assertThat(counters.tooLong()).isPositive();
      assertThat(counters.templateViolations()).isPositive();
      assertThat(counters.softwareSegments()).isPositive();
    } finally {
      memory.close();
    }
  }

  private static void checkNoSecret(RecordingWire wire) {
    for (byte[] frame : wire.sent) {
      // Headers may hold any byte, for a checksum is written into them; payload never the secret.
      for (int i = TcpSegmentation.MAX_HEADERS; i < frame.length; i++) {
        assertThat(frame[i]).isNotEqualTo((byte) SECRET);
      }
    }
    wire.sent.clear();
    wire.partial.clear();
  }

  /** One packet that is nearly right, or noise. */
  private static long fill(SplittableRandom random, DescriptorRing ring, long tail, int[] regions) {
    int pieces = 1 + random.nextInt(random.nextInt(20) == 0 ? RING - 1 : 4);
    if (random.nextInt(10) == 0) {
      for (int i = 0; i <= pieces; i++) {
        long entry = ring.entry(tail + i);
        for (int word = 0; word < 32; word += 8) {
          Memory.putLong(entry + word, random.nextLong());
        }
      }
      return tail + 1 + pieces;
    }
    boolean sane = random.nextInt(4) != 0;
    TransmitDescriptor.writeContext(
        ring.entry(tail),
        sane ? random.nextInt(4) : random.nextInt(256),
        sane ? 1000 : random.nextInt(65536),
        sane ? 62 : random.nextInt(300),
        sane ? Packets.TRANSPORT4 : random.nextInt(100),
        sane ? TcpHeader.CHECKSUM_OFFSET : random.nextInt(100),
        random.nextInt(20) == 0 ? random.nextInt() : 0);
    TransmitDescriptor.finishContext(
        ring.entry(tail), random.nextInt(30) == 0 ? random.nextInt(70000) : pieces, tail);
    for (int i = 0; i < pieces; i++) {
      boolean wild = random.nextInt(8) == 0;
      TransmitDescriptor.writeData(
          ring.entry(tail + 1 + i),
          wild ? regions[random.nextInt(regions.length)] : regions[0],
          wild ? random.nextLong() >> random.nextInt(64) : i == 0 ? 0 : 4096 + random.nextInt(1000),
          wild ? random.nextInt() >> random.nextInt(32) : 62 + random.nextInt(2000));
    }
    return tail + 1 + pieces;
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
