package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureWireTest extends WireContract {
  @TempDir Path folder;

  @Override
  Wire[] ends() throws IOException {
    MemoryWire.Pair pair = MemoryWire.pair();
    return new Wire[] {
      new CaptureWire(pair.left(), new PcapngWriter(folder.resolve("contract.pcapng"), 65549)),
      pair.right(),
    };
  }

  private Path capture(String name, int snapLength) throws IOException {
    Path file = folder.resolve(name);
    MemoryWire.Pair pair = MemoryWire.pair();
    long[] clock = {1_700_000_000_123_456_789L};
    try (TestHost left =
            new TestHost(
                Packets.OUR_MAC,
                new CaptureWire(
                    pair.left(), new PcapngWriter(file, snapLength), () -> clock[0]++));
        TestHost right = new TestHost(Packets.PEER_MAC, pair.right())) {
      int payload = 60_000;
      int headers =
          Packets.tcp4(left.slab, 1000, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
      TransmitQueue tx = left.queue.transmit();
      tx.begin(
          TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
      tx.add(left.slabRegion, 0, headers);
      tx.add(left.slabRegion, 4096, 30_001);
      tx.add(left.slabRegion, 40_000, payload - 30_001);
      tx.end(0);
      tx.doorbell();
      left.poll();
      right.poll();
      int length = Packets.udp4(right.slab, 53, 0, Packets.OUR_MAC);
      right.queue.transmit().begin(TransmitQueue.CHECKSUM, 0, length, Packets.TRANSPORT4, 6, 0);
      right.queue.transmit().add(right.slabRegion, 0, length);
      right.queue.transmit().end(0);
      right.queue.transmit().doorbell();
      right.poll();
      left.poll();
    }
    return file;
  }

  @Test
  @RequiresRoot(commands = "tcpdump")
  void opensInTcpdump() throws IOException {
    String text =
        ShellCommand.run("tcpdump", "-nn", "-tttt", "-r", capture("a.pcapng", 65549).toString())
            .check();
    assertThat(text).contains("10.9.0.2.8080 > 10.9.0.1.40000: Flags [.], seq 1000:61000");
    assertThat(text).contains("10.9.0.2.8080 > 10.9.0.1.53: ");
    assertThat(text).contains("22:13:20.123456");
  }

  @Test
  @RequiresRoot(commands = "tshark")
  void opensInTsharkWithNanosecondsAndDirections() throws IOException {
    String text =
        ShellCommand.run(
                "tshark",
                "-r",
                capture("b.pcapng", 128).toString(),
                "-T",
                "fields",
                "-e",
                "frame.time_epoch",
                "-e",
                "frame.len",
                "-e",
                "frame.cap_len",
                "-e",
                "frame.packet_flags_direction")
            .check();
    assertThat(text)
        .contains("1700000000.123456789\t60054\t128\t0x00000002")
        .contains("1700000000.123456790\t42\t42\t0x00000001");
  }

  @Test
  void theSameTrafficGivesTheSameBytes() throws IOException {
    assertThat(capture("c.pcapng", 65549)).hasSameBinaryContentAs(capture("d.pcapng", 65549));
    assertThat(Files.size(folder.resolve("c.pcapng"))).isGreaterThan(60_000);
  }
}
