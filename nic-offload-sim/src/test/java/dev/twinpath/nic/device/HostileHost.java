package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.offload.Segmentation;
import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.offload.TemplateStore;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.ring.DescriptorRing;
import dev.twinpath.nic.ring.TransmitDescriptor;
import dev.twinpath.nic.wire.RecordingWire;
import dev.twinpath.testsupport.Packets;
import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/**
 * A transmit engine whose host writes nonsense, nearly right packets and right ones into its rings
 * and its memory, by seed.
 */
final class HostileHost implements AutoCloseable {
  static final int RING = 64;
  static final int SECRET = 0x5e;

  private static final int REGION = 1 << 16;
  private static final int GUARD = 4096;
  private static final int HEADERS = 62;
  private static final int WINDOW = 60_000;

  final SplittableRandom random;
  final RecordingWire wire = new RecordingWire(false, false);
  final NicCounters counters = new NicCounters();
  final TransmitEngine engine;

  private final boolean templatesRequired;
  private final Arena arena = Arena.ofShared();
  private final RegionTable regionTable = new RegionTable();
  private final TemplateStore store = new TemplateStore();
  private final DescriptorRing ring = new DescriptorRing(arena, RING);
  private final DescriptorRing completions = new DescriptorRing(arena, RING);
  private final long readable;
  private final int[] regions;
  private final int[] templates;
  private long tail;

  /** The device's clock. */
  long now;

  HostileHost(ProtectionDomain.Policy policy, long seed) {
    random = new SplittableRandom(seed);
    templatesRequired = policy == ProtectionDomain.Policy.TEMPLATES_REQUIRED;
    RegisteredMemory memory = new RegisteredMemory(regionTable, 1);
    RegisteredMemory foreign = new RegisteredMemory(regionTable, 2);
    long base = arena.allocate(REGION + 2L * GUARD, 4096).address();
    Memory.fill(base, REGION + 2L * GUARD, SECRET);
    readable = base + GUARD;
    Memory.fill(readable, REGION, 0);
    int region = memory.register(readable, REGION, RegisteredMemory.READ);
    int unreadable = memory.register(base, GUARD, RegisteredMemory.WRITE);
    int stale = memory.register(base, GUARD, RegisteredMemory.READ);
    memory.deregister(stale);
    int others = foreign.register(base, REGION + 2L * GUARD, RegisteredMemory.READ);
    regions = new int[] {region, region, region, unreadable, stale, others, -1, region + 1};

    SendTemplateTable table = new SendTemplateTable(store, 1);
    SendTemplate template =
        SendTemplate.ipv4(
                Packets.OUR_MAC,
                Packets.PEER_MAC,
                Ipv4Header.PROTOCOL_TCP,
                Packets.OUR_ADDRESS,
                Packets.PEER_ADDRESS,
                Packets.OUR_PORT,
                Packets.PEER_PORT)
            .withFlags(TcpHeader.ACK | TcpHeader.PSH)
            .withWindow(0, WINDOW);
    int own = table.add(template);
    int gone = table.add(template);
    table.remove(gone);
    int foreignTemplate = new SendTemplateTable(store, 2).add(template);
    templates = new int[] {own, own, own, own, own, own, gone, foreignTemplate, 0};
    ProtectionDomain domain = new ProtectionDomain(1, "hostile", policy, memory, table);
    engine =
        new TransmitEngine(
            ring, completions, domain, wire, wire.capabilities(), 1500, counters, arena);
  }

  /** Queues one packet, and sometimes changes memory or lies about the ring before. */
  void queueSomething() {
    if (random.nextInt(8) == 0) {
      writeHeaders();
      if (random.nextInt(4) == 0) {
        // The same as UDP, which no template here permits.
        Memory.putByte(readable + 23, Ipv4Header.PROTOCOL_UDP);
      }
    }
    if (random.nextInt(4) == 0) {
      scribbleHeaders(random);
    }
    if (random.nextInt(50) == 0) {
      ring.publish(random.nextLong() >> random.nextInt(64));
      engine.doWork(now, 1, Long.MAX_VALUE >>> 1);
      // Whatever it made of that: the next packet begins where the device is now.
      tail = ring.consumed();
      completions.consume(completions.published());
    }
    tail = fill(tail);
    ring.publish(tail);
  }

  /**
   * Headers of the template's connection; they may be sent as payload too, so without the secret.
   */
  private void writeHeaders() {
    int length;
    do {
      length =
          Packets.tcp4(
              readable,
              random.nextInt(WINDOW),
              TcpHeader.ACK,
              new byte[8],
              random.nextInt(3000),
              Packets.PEER_MAC);
    } while (holdsSecret(readable, length));
  }

  private static boolean holdsSecret(long address, int length) {
    for (int i = 0; i < length; i++) {
      if (Memory.getByte(address + i) == SECRET) {
        return true;
      }
    }
    return false;
  }

  /** Takes what is completed, and sometimes claims something else. */
  void takeCompletions() {
    if (random.nextInt(20) == 0) {
      completions.consume(random.nextLong());
      engine.doWork(now, 1, Long.MAX_VALUE >>> 1);
    }
    completions.consume(completions.published());
  }

  /** Changes anything that a host can change, on another thread. */
  void scribble(SplittableRandom other) {
    scribbleHeaders(other);
    long entry = ring.entry(other.nextInt(RING));
    switch (other.nextInt(3)) {
      case 0:
        Memory.putInt(entry + 4 * other.nextInt(8), other.nextInt());
        break;
      case 1:
        Memory.putInt(entry + 4, regions[other.nextInt(regions.length)]);
        break;
      default:
        Memory.putInt(entry + 12, templates[other.nextInt(templates.length)]);
    }
  }

  private void scribbleHeaders(SplittableRandom other) {
    int noise = other.nextInt(256);
    Memory.putByte(readable + other.nextInt(64), noise == SECRET ? 0 : noise);
    Memory.putByte(readable + other.nextInt(64), 0);
  }

  /** One packet that is nearly right, or noise. */
  private long fill(long position) {
    int pieces = 1 + random.nextInt(random.nextInt(20) == 0 ? RING - 1 : 4);
    if (random.nextInt(10) == 0) {
      for (int i = 0; i <= pieces; i++) {
        long entry = ring.entry(position + i);
        for (int word = 0; word < 32; word += 8) {
          Memory.putLong(entry + word, random.nextLong());
        }
      }
      return position + 1 + pieces;
    }
    boolean sane = random.nextInt(4) != 0;
    long context = ring.entry(position);
    TransmitDescriptor.writeContext(
        context,
        sane ? random.nextInt(4) : random.nextInt(256),
        sane ? 1000 : random.nextInt(65536),
        sane ? HEADERS : random.nextInt(300),
        sane ? Packets.TRANSPORT4 : random.nextInt(100),
        sane ? TcpHeader.CHECKSUM_OFFSET : random.nextInt(100),
        random.nextInt(20) == 0 ? random.nextInt() : templates[random.nextInt(templates.length)]);
    if (random.nextInt(16) == 0) {
      TransmitDescriptor.insertVlan(context, random.nextInt());
    }
    if (random.nextInt(8) == 0) {
      TransmitDescriptor.launchTime(context, now + random.nextInt(1 << 1 + random.nextInt(30)));
    }
    TransmitDescriptor.finishContext(
        context, random.nextInt(30) == 0 ? random.nextInt(70000) : pieces, position);
    // The headers are in one piece, or in as many as there are.
    boolean split = random.nextInt(4) == 0;
    for (int i = 0; i < pieces; i++) {
      boolean wild = random.nextInt(8) == 0;
      long offset = i == 0 ? 0 : split ? 20L * i : 4096 + random.nextInt(1000);
      TransmitDescriptor.writeData(
          ring.entry(position + 1 + i),
          wild ? regions[random.nextInt(regions.length)] : regions[0],
          wild ? random.nextLong() >> random.nextInt(64) : offset,
          wild
              ? random.nextInt() >> random.nextInt(32)
              : split && i < 3 ? 20 : HEADERS + random.nextInt(2000));
    }
    return position + 1 + pieces;
  }

  /** What was sent holds no secret, and keeps to the template where there must be one. */
  void checkSent() {
    for (byte[] frame : wire.sent) {
      // Headers may hold any byte, for a checksum is written into them; payload never the secret.
      for (int i = Segmentation.MAX_HEADERS; i < frame.length; i++) {
        if (frame[i] == (byte) SECRET) {
          throw new AssertionError("byte " + i + " is another's");
        }
      }
      if (templatesRequired) {
        checkPinned(frame);
      }
    }
    wire.sent.clear();
    wire.partial.clear();
  }

  private void checkPinned(byte[] frame) {
    long at = pinned;
    Memory.copy(frame, 0, at, Math.min(frame.length, PINNED));
    assertThat(Memory.getLongBE(at) >>> 16).isEqualTo(Packets.PEER_MAC);
    assertThat(Memory.getLongBE(at + 4) & 0xffff_ffff_ffffL).isEqualTo(Packets.OUR_MAC);
    assertThat(Memory.getIntBE(at + 12)).isEqualTo(0x08004500 | Memory.getByte(at + 15));
    assertThat(Memory.getShortBE(at + 20) & 0x3fff).as("fragment").isZero();
    assertThat(Memory.getByte(at + 23)).isEqualTo(Ipv4Header.PROTOCOL_TCP);
    assertThat(Ipv4Header.source(at + 14)).isEqualTo(Packets.OUR_ADDRESS);
    assertThat(Ipv4Header.destination(at + 14)).isEqualTo(Packets.PEER_ADDRESS);
    long tcp = at + Packets.TRANSPORT4;
    assertThat(TcpHeader.sourcePort(tcp)).isEqualTo(Packets.OUR_PORT);
    assertThat(TcpHeader.destinationPort(tcp)).isEqualTo(Packets.PEER_PORT);
    assertThat(TcpHeader.flags(tcp) & ~(TcpHeader.ACK | TcpHeader.PSH)).as("flags").isZero();
    int payload =
        Ipv4Header.totalLength(at + 14) - Ipv4Header.MIN_LENGTH - TcpHeader.headerLength(tcp);
    long end = (TcpHeader.sequence(tcp) & 0xffff_ffffL) + payload;
    assertThat(end).as("sequence").isLessThanOrEqualTo(WINDOW);
  }

  private static final int PINNED = 128;
  private final long pinned = arena.allocate(PINNED, 8).address();

  @Override
  public void close() {
    regionTable.close();
    store.close();
    arena.close();
  }
}
