package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.device.TransmitQueue;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.testsupport.Packets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A simulation is its seed: times, losses and bytes, to the last one of the capture. */
class SameSeedTest {
  private static final long START = 1_700_000_000_000_000_000L;

  @TempDir Path folder;

  private long now;

  /** Two hosts talk for a while over a bad line; one of them is captured. */
  private byte[] capture(String name, long seed) throws IOException {
    now = START;
    Path file = folder.resolve(name);
    LinkModel link =
        LinkModel.parse(
            "rate=1gbit,delay=20us,pcie=900ns,inbound=off,fifo=64KiB,pause=40KiB/20KiB");
    Impairment impairment =
        Impairment.parse(
                "loss=1%,burst-loss=1%/25%,reorder=2%,reorder-delay=50us,duplicate=1%,corrupt=1%,"
                    + "jitter=5us")
            .withSeed(seed);
    MemoryWire.Pair pair = MemoryWire.pair();
    Wire left =
        new CaptureWire(
            new LinkWire(new ImpairedWire(pair.left(), impairment, () -> now), link, () -> now),
            new PcapngWriter(file, 65549),
            () -> now);
    Wire right = new LinkWire(pair.right(), link, () -> now);
    try (TestHost a = new TestHost(Packets.OUR_MAC, left);
        TestHost b = new TestHost(Packets.PEER_MAC, right)) {
      // The script is always the same; only the line's fate has a seed.
      SplittableRandom script = new SplittableRandom(5);
      for (int i = 0; i < 300; i++) {
        send(script.nextInt(3) == 0 ? b : a, i, script.nextInt(1, 20_000));
        step(a, b, now + script.nextInt(200_000));
      }
      step(a, b, now + 100_000_000);
    }
    return Files.readAllBytes(file);
  }

  private static void send(TestHost host, int number, int payload) {
    int headers =
        Packets.tcp4(host.slab, number, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
    tx.add(host.slabRegion, 0, headers);
    tx.add(host.slabRegion, 4096, payload);
    tx.end(number);
    tx.doorbell();
  }

  private void step(TestHost a, TestHost b, long end) {
    for (int round = 0; ; round++) {
      assertThat(round).isLessThan(1_000_000);
      while (a.poll() + b.poll() > 0) {
        a.received.clear();
        b.received.clear();
      }
      long next = Times.earlier(a.queue.nextDeadlineNanos(), b.queue.nextDeadlineNanos());
      if (next - end > 0) {
        break;
      }
      now = Math.max(now, next);
    }
    now = end;
  }

  @Test
  void theSameSeedGivesTheSameCapture() throws IOException {
    byte[] first = capture("first.pcapng", 42);
    assertThat(first.length).isGreaterThan(1_000_000);
    assertThat(capture("second.pcapng", 42)).isEqualTo(first);
    assertThat(capture("other.pcapng", 43)).isNotEqualTo(first);
  }
}
