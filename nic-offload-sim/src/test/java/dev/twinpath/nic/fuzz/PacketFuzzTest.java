package dev.twinpath.nic.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.CoalescingMode;
import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.nic.device.ReceiveOptions;
import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.offload.ChecksumOffload;
import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.ParsedPacket;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.nic.ring.ReceiveDescriptor;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.Packets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every parser of received packets, fed with millions of frames: nothing is thrown, and not a byte
 * outside the frame is read or written. A failure names the seed and the number of the input.
 */
class PacketFuzzTest {
  private static final long SEED = Long.getLong("twinpath.fuzz.seed", 20261120);

  private static final int BUFFER = 2048;
  private static final int BUFFERS = 8;

  @TempDir Path folder;

  @Test
  void parsersReadNothingBehindTheFrame() throws IOException {
    parse(300_000);
  }

  @Test
  @Tag("nightly")
  void parsersReadNothingBehindTheFrameForLong() throws IOException {
    parse(20_000_000);
  }

  private void parse(int inputs) throws IOException {
    SendTemplateTable templates = new SendTemplateTable();
    int[] ids = {
      templates.add(template4(Ipv4Header.PROTOCOL_TCP).withWindow(0, 1 << 30).withFlags(0x3f)),
      templates.add(template4(Ipv4Header.PROTOCOL_UDP)),
      templates.add(template4(Ipv4Header.PROTOCOL_ICMP)),
      templates.add(template6(Ipv6Header.NEXT_TCP)),
      templates.add(template6(Ipv6Header.NEXT_ICMP)),
      templates.add(SendTemplate.arp(Packets.OUR_MAC, Packets.OUR_ADDRESS)),
      templates.add(SendTemplate.neighborDiscovery(Packets.OUR_MAC, 0xfd09L << 48, 2)),
    };
    try (Arena arena = Arena.ofConfined();
        ReadGuard guard = new ReadGuard(folder.resolve("guard"), 2)) {
      FrameGenerator generator = new FrameGenerator(SEED);
      long scratch = arena.allocate(FrameGenerator.MAX_LENGTH + 64L, 8).address();
      ParsedPacket packet = new ParsedPacket();
      long sink = 0;
      for (int i = 0; i < inputs; i++) {
        int length = generator.generate(scratch);
        long frame = guard.end - length;
        Memory.copy(scratch, frame, length);
        try {
          packet.parse(frame, length);
          sink += ChecksumOffload.verify(packet, (i & 1) != 0);
          for (int id : ids) {
            sink += templates.check(id, packet);
          }
          // A device sees the headers only, of a frame whose rest lies elsewhere.
          packet.parse(frame, length, length + generator.random().nextInt(2000));
          for (int id : ids) {
            sink += templates.check(id, packet);
          }
          sink += headers(frame, length);
          Memory.faultBarrier();
        } catch (RuntimeException | InternalError e) {
          throw new AssertionError("seed " + SEED + ", input " + i + ", length " + length, e);
        }
      }
      assertThat(sink).isNotZero();
    }
  }

  private static SendTemplate template4(int protocol) {
    return SendTemplate.ipv4(
        Packets.OUR_MAC,
        Packets.PEER_MAC,
        protocol,
        Packets.OUR_ADDRESS,
        Packets.PEER_ADDRESS,
        Packets.OUR_PORT,
        Packets.PEER_PORT);
  }

  private static SendTemplate template6(int protocol) {
    return SendTemplate.ipv6(
        Packets.OUR_MAC, 1, protocol, 0xfd09L << 48, 2, 0xfd09L << 48, 1, 8080, 40000);
  }

  /** Every accessor that the packet says may be used, and what it points to. */
  private static long parsed(ParsedPacket packet, int length) {
    long sink = packet.type() + packet.tags() + packet.vlan() + packet.protocol();
    if (!packet.isIp()) {
      check(!packet.hasPorts() && !packet.isFragment());
      return sink;
    }
    long frame = packet.frame();
    check(packet.networkOffset() >= 14 && packet.networkEnd() <= length);
    sink += Memory.getByte(packet.network()) + Memory.getByte(frame + packet.networkEnd() - 1);
    sink += packet.isIpv4() ? packet.source4() + packet.destination4() : 0;
    sink += packet.isIpv6() ? Memory.getLong(packet.source6() + 8) : 0;
    sink += packet.isIpv6() ? Memory.getLong(packet.destination6() + 8) : 0;
    if (packet.isMalformed()) {
      check(!packet.hasPorts());
      return sink;
    }
    check(packet.transportOffset() <= packet.networkEnd() && packet.transportLength() >= 0);
    if (packet.hasPorts()) {
      check(!packet.isFragment() && packet.isTcp() != packet.isUdp());
      check(packet.payloadOffset() > packet.transportOffset() && packet.payloadLength() >= 0);
      check(packet.payloadOffset() + packet.payloadLength() == packet.networkEnd());
      sink += packet.sourcePort() + packet.destinationPort();
      sink += Memory.getByte(frame + packet.payloadOffset() - 1);
      sink += packet.isTcp() ? TcpHeader.urgentPointer(packet.transport()) : 0;
      sink += packet.isUdp() ? UdpHeader.checksum(packet.transport()) : 0;
    }
    return sink;
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("the packet contradicts itself");
    }
  }

  /** As the stack looks at a frame: each accessor only after its header's length check. */
  private static long headers(long frame, int length) {
    if (length < EthernetHeader.LENGTH) {
      return 0;
    }
    long ip = frame + EthernetHeader.LENGTH;
    int available = length - EthernetHeader.LENGTH;
    if (Ipv4Header.isValid(ip, available)) {
      int header = Ipv4Header.headerLength(ip);
      return tcp(ip + header, Ipv4Header.totalLength(ip) - header);
    }
    if (Ipv6Header.isValid(ip, available)) {
      return tcp(ip + Ipv6Header.LENGTH, Ipv6Header.payloadLength(ip));
    }
    return 0;
  }

  private static long tcp(long tcp, int available) {
    if (!TcpHeader.isValid(tcp, available)) {
      return 0;
    }
    int header = TcpHeader.headerLength(tcp);
    return TcpHeader.urgentPointer(tcp) + Memory.getByte(tcp + header - 1);
  }

  @Test
  void aNicSurvivesAnythingThatAWireDelivers() {
    receive(100_000, ReceiveOptions.defaults(), false);
  }

  @Test
  void aNicThatJoinsAndSplitsSurvivesIt() {
    receive(60_000, busiest(), true);
  }

  @Test
  @Tag("nightly")
  void aNicSurvivesAnythingThatAWireDeliversForLong() {
    receive(10_000_000, ReceiveOptions.defaults(), false);
  }

  @Test
  @Tag("nightly")
  void aNicThatJoinsAndSplitsSurvivesItForLong() {
    receive(10_000_000, busiest(), true);
  }

  private static ReceiveOptions busiest() {
    return ReceiveOptions.defaults()
        .withCoalescing(CoalescingMode.ON)
        .withCoalescingLimits(2, 64, 5)
        .withVlanStripping(true)
        .withDropWithoutBuffer(true);
  }

  /** Frames with random offload contexts, through an impaired wire that cuts them. */
  private static void receive(int inputs, ReceiveOptions options, boolean split) {
    try (Arena arena = Arena.ofShared()) {
      MemoryWire.Pair pair = MemoryWire.pair();
      GuardedMemory buffers = new GuardedMemory(arena, BUFFER * BUFFERS);
      GuardedMemory headers = new GuardedMemory(arena, ReceiveDescriptor.HEADER_CAPACITY * BUFFERS);
      try (MemoryWire sender = pair.right();
          Nic nic =
              new Nic(
                  NicConfig.defaults(2).withReceive(options),
                  new ImpairedWire(pair.left(), Impairment.none(1).withCorrupt(0.1)))) {
        Poster host = new Poster(nic, buffers, headers, split);
        QueuePair queue = nic.queuePair(0);
        FrameGenerator generator = new FrameGenerator(SEED);
        long scratch = arena.allocate(FrameGenerator.MAX_LENGTH + 64L, 8).address();
        Frame frame = new Frame();
        for (int i = 0; i < inputs; i++) {
          frame.clear();
          frame.add(scratch, Math.max(1, generator.generate(scratch)));
          context(frame, generator.random());
          try {
            pair.right().queue(0).transmit(frame);
            if (generator.random().nextInt(4) == 0) {
              host.receive(i);
            }
          } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + SEED + ", input " + i, e);
          }
          if ((i & 0xfff) == 0) {
            boolean intact = buffers.isIntact() && headers.isIntact();
            assertThat(intact).as("seed %d, before input %d", SEED, i).isTrue();
          }
        }
        queue.flushReceive();
        host.receive(inputs);
        queue.flushReceive();
        host.receive(inputs);
        assertThat(buffers.isIntact() && headers.isIntact()).isTrue();
        assertThat(queue.receive().posted()).as("no buffer is lost").isEqualTo(BUFFERS);
        assertThat(queue.counters().receivedPackets()).isGreaterThan(inputs / 8);
        assertThat(queue.counters().coalescing().packets()).isGreaterThan(inputs / 200);
        assertThat(queue.counters().headersSplit() > 0).isEqualTo(split);
        assertThat(queue.counters().vlanStripped() > 0).isEqualTo(options.vlanStripping());
      }
    }
  }

  /** Mostly none; else one that may contradict the frame. */
  private static void context(Frame frame, SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      int start = random.nextInt(2) == 0 ? 34 : random.nextInt(2000);
      frame.requestChecksum(start, random.nextInt(32));
    }
    if (random.nextInt(8) == 0) {
      frame.requestSegmentation(1 + random.nextInt(5), random.nextInt(400));
    }
  }

  /** A host that posts each buffer again. */
  private static final class Poster {
    private final QueuePair queue;
    private final int region;
    private final int headerRegion;

    Poster(Nic nic, GuardedMemory buffers, GuardedMemory headers, boolean split) {
      queue = nic.queuePair(0);
      region = nic.memory().register(buffers.address, buffers.length, RegisteredMemory.WRITE);
      headerRegion =
          split
              ? nic.memory().register(headers.address, headers.length, RegisteredMemory.WRITE)
              : ReceiveDescriptor.NO_HEADER;
      for (int i = 0; i < BUFFERS; i++) {
        post(i);
      }
    }

    private void post(int id) {
      long header = (long) id * ReceiveDescriptor.HEADER_CAPACITY;
      queue.receive().post(region, (long) id * BUFFER, BUFFER, id, headerRegion, header);
    }

    void receive(long now) {
      do {
        queue.receive().poll((id, length, flags, tag) -> post(id), BUFFERS);
      } while (queue.doWork(now) > 0 || queue.receive().hasFrames());
    }
  }
}
