package dev.twinpath.nic.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.QueuePair;
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
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.testsupport.Packets;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every parser of received packets, fed with millions of frames: nothing is thrown, and not a byte
 * outside the frame is read or written. A failure names the seed and the number of the input.
 */
class PacketFuzzTest {
  private static final long SEED = Long.getLong("twinpath.fuzz.seed", 20261120);

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
    receive(200_000);
  }

  @Test
  @Tag("nightly")
  void aNicSurvivesAnythingThatAWireDeliversForLong() {
    receive(10_000_000);
  }

  /** Frames with random offload contexts, through an impaired wire that cuts them. */
  private static void receive(int inputs) {
    int bufferLength = 4096;
    try (Arena arena = Arena.ofShared()) {
      MemoryWire.Pair pair = MemoryWire.pair();
      GuardedMemory buffer = new GuardedMemory(arena, bufferLength);
      try (MemoryWire sender = pair.right();
          Nic nic =
              new Nic(
                  NicConfig.defaults(2),
                  new ImpairedWire(pair.left(), Impairment.none(1).withCorrupt(0.1)))) {
        int region = nic.memory().register(buffer.address, bufferLength, RegisteredMemory.WRITE);
        QueuePair queue = nic.queuePair(0);
        queue.receive().post(region, 0, bufferLength, 1);
        FrameGenerator generator = new FrameGenerator(SEED);
        long scratch = arena.allocate(FrameGenerator.MAX_LENGTH + 64L, 8).address();
        Frame frame = new Frame();
        for (int i = 0; i < inputs; i++) {
          int length = Math.max(1, generator.generate(scratch));
          frame.clear();
          frame.add(scratch, length);
          if (generator.random().nextBoolean()) {
            int start = generator.random().nextInt(2) == 0 ? 34 : generator.random().nextInt(2000);
            frame.requestChecksum(start, generator.random().nextInt(32));
          }
          if (generator.random().nextInt(3) == 0) {
            frame.requestSegmentation(
                1 + generator.random().nextInt(5), generator.random().nextInt(400));
          }
          try {
            pair.right().queue(0).transmit(frame);
            while (queue.doWork(0) > 0) {
              queue
                  .receive()
                  .poll(
                      (id, bytes, flags, tag) -> queue.receive().post(region, 0, bufferLength, id),
                      16);
            }
          } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + SEED + ", input " + i, e);
          }
          if ((i & 0xfff) == 0) {
            assertThat(buffer.isIntact()).as("seed %d, before input %d", SEED, i).isTrue();
          }
        }
        assertThat(buffer.isIntact()).isTrue();
        assertThat(queue.counters().receivedPackets()).isGreaterThan(inputs / 4);
      }
    }
  }
}
