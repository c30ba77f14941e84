package dev.twinpath.nic.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.capture.Capture;
import dev.twinpath.nic.capture.CaptureFilter;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.nic.capture.Captures;
import dev.twinpath.nic.capture.TooManyCapturesException;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.PcapngFile;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captures of a NIC that works meanwhile. */
@Timeout(120)
class CaptureTest {
  private static final CaptureOptions ALL = CaptureOptions.of(CaptureFilter.parse(""));

  @TempDir Path folder;
  private final MemoryWire.Pair pair = MemoryWire.pair();
  private final TestHost left = new TestHost(Packets.OUR_MAC, pair.left());
  private final TestHost right = new TestHost(Packets.PEER_MAC, pair.right());

  @AfterEach
  void close() {
    left.close();
    right.close();
  }

  private static CaptureOptions filter(String text) {
    return CaptureOptions.of(CaptureFilter.parse(text));
  }

  private Capture start(CaptureOptions options, WritableByteChannel out) {
    return left.nic.startCapture(options, out, task -> new Thread(task).start());
  }

  private void sendUdp(TestHost host, int port, int payload) {
    int length = Packets.udp4(host.slab, port, payload, Packets.PEER_MAC) + payload;
    TransmitQueue tx = host.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM, 0, 42, Packets.TRANSPORT4, 6, 0);
    tx.add(host.slabRegion, 0, length);
    tx.end(0);
    tx.doorbell();
    left.poll();
    right.poll();
    left.poll();
  }

  private void sendUncutTcp(int payload) {
    int headers =
        Packets.tcp4(left.slab, 1000, TcpHeader.ACK, new byte[0], payload, Packets.PEER_MAC);
    TransmitQueue tx = left.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
    tx.add(left.slabRegion, 0, headers);
    tx.add(left.slabRegion, 4096, payload / 2);
    tx.add(left.slabRegion, 80_000, payload - payload / 2);
    tx.end(0);
    tx.doorbell();
    left.poll();
    right.poll();
  }

  @Test
  void keepsWhatFitsTheFilterInBothDirections() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    sendUdp(left, 1, 10);
    Capture capture = start(filter("udp port 53 or tcp"), Channels.newChannel(bytes));
    sendUdp(left, 53, 10);
    sendUdp(left, 54, 10);
    sendUdp(right, 53, 20);
    sendUncutTcp(50_000);
    capture.close();
    sendUdp(left, 53, 10);
    PcapngFile file = new PcapngFile(bytes.toByteArray());
    assertThat(file.interfaces)
        .containsExactly(new PcapngFile.Interface("userstack0", "udp port 53 or tcp"));
    assertThat(file.packets)
        .extracting(PcapngFile.Packet::total, PcapngFile.Packet::outbound)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(52, true),
            org.assertj.core.groups.Tuple.tuple(62, false),
            org.assertj.core.groups.Tuple.tuple(50_054, true));
    assertThat(file.packets.get(1).bytes()).isEqualTo(left.received.get(0).bytes());
    assertThat(file.packets.get(2).bytes()).hasSize(50_054);
    assertThat(file.packets.get(0).nanos()).isLessThanOrEqualTo(file.packets.get(1).nanos());
    assertThat(file.statistics).containsExactly(new PcapngFile.Statistics(0, 4, 3, 0, 3));
    assertThat(capture.captured()).isEqualTo(3);
    assertThat(capture.isRunning()).isFalse();
    assertThat(left.queue.capturePoint().captured()).isEqualTo(3);
    assertThat(left.queue.capturePoint().isOn()).isFalse();
  }

  @Test
  void cutsAtTheSnapLengthAndEndsAtTheLimits() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Capture capture = start(ALL.withSnapLength(60).withMaxPackets(2), Channels.newChannel(bytes));
    for (int i = 0; i < 4; i++) {
      sendUdp(left, 53, 100);
    }
    assertThat(capture.awaitEnd(60, TimeUnit.SECONDS)).isTrue();
    PcapngFile file = new PcapngFile(bytes.toByteArray());
    assertThat(file.packets)
        .hasSize(2)
        .allMatch(packet -> packet.total() == 142 && packet.bytes().length == 60);
    Capture timed =
        start(
            ALL.withMaxDuration(Duration.ofMillis(20)),
            Channels.newChannel(new ByteArrayOutputStream()));
    assertThat(timed.awaitEnd(60, TimeUnit.SECONDS)).isTrue();
    assertThat(left.nic.runningCaptures()).isZero();
  }

  @Test
  void severalAtOnceSeeEachTheirs() throws Exception {
    List<ByteArrayOutputStream> outputs = new ArrayList<>();
    List<Capture> captures = new ArrayList<>();
    for (int i = 0; i < Captures.MAX; i++) {
      outputs.add(new ByteArrayOutputStream());
      captures.add(start(filter("port " + (50 + i)), Channels.newChannel(outputs.get(i))));
    }
    assertThatThrownBy(() -> start(ALL, Channels.newChannel(new ByteArrayOutputStream())))
        .isInstanceOf(TooManyCapturesException.class)
        .hasMessageContaining("run already");
    for (int i = 0; i < 2 * Captures.MAX; i++) {
      sendUdp(left, 50 + i, i);
    }
    for (int i = 0; i < Captures.MAX; i++) {
      captures.get(i).close();
      assertThat(new PcapngFile(outputs.get(i).toByteArray()).packets)
          .extracting(PcapngFile.Packet::total)
          .containsExactly(42 + i);
    }
    start(ALL, Channels.newChannel(new ByteArrayOutputStream())).close();
  }

  /** An output that takes nothing until it is let. */
  private static final class StuckOutput implements WritableByteChannel {
    final CountDownLatch released = new CountDownLatch(1);
    final AtomicBoolean open = new AtomicBoolean(true);
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public int write(ByteBuffer from) throws IOException {
      try {
        released.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (!open.get()) {
        throw new IOException("the reader is gone");
      }
      byte[] some = new byte[from.remaining()];
      from.get(some);
      bytes.writeBytes(some);
      return some.length;
    }

    @Override
    public boolean isOpen() {
      return open.get();
    }

    @Override
    public void close() {
      open.set(false);
    }
  }

  @Test
  void aSlowReaderCostsCapturedFramesOnly() throws Exception {
    StuckOutput output = new StuckOutput();
    Capture capture = start(ALL.withRingBytes(1 << 12), output);
    for (int i = 0; i < 500; i++) {
      sendUdp(left, 53, 100);
    }
    assertThat(right.received).hasSize(500);
    assertThat(capture.dropped()).isPositive();
    output.released.countDown();
    capture.close();
    PcapngFile file = new PcapngFile(output.bytes.toByteArray());
    PcapngFile.Statistics counted = file.statistics.get(0);
    assertThat(counted.received()).isEqualTo(500);
    assertThat(counted.dropped()).isEqualTo(capture.dropped());
    assertThat(counted.delivered()).isEqualTo(file.packets.size());
    assertThat(counted.delivered() + counted.dropped()).isEqualTo(500);
    assertThat(left.queue.capturePoint().dropped()).isEqualTo(capture.dropped());
  }

  @Test
  void aReaderThatGoesEndsTheCapture() throws Exception {
    StuckOutput output = new StuckOutput();
    Capture capture = start(ALL, output);
    output.close();
    output.released.countDown();
    assertThat(capture.awaitEnd(60, TimeUnit.SECONDS)).isTrue();
    assertThat(capture.failure())
        .get()
        .extracting(Throwable::getMessage)
        .asString()
        .contains("gone");
    assertThat(left.queue.capturePoint().isOn()).isFalse();
    sendUdp(left, 53, 100);
    assertThat(right.received).hasSize(1);
  }

  @Test
  void comesAndGoesWhileTheQueueRuns() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    long[] sent = new long[1];
    Thread queue =
        new Thread(
            () -> {
              while (!done.get()) {
                sendUdp(left, 53, 1000);
                sent[0]++;
                left.completed.clear();
                if (sent[0] % 1000 == 0) {
                  Thread.yield();
                }
              }
            });
    queue.start();
    long captured = 0;
    try {
      for (int i = 0; i < 200; i++) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Capture capture =
            start(filter("udp port 53").withMaxPackets(50), Channels.newChannel(bytes));
        if (i % 2 == 0) {
          assertThat(capture.awaitEnd(60, TimeUnit.SECONDS)).isTrue();
        }
        capture.close();
        PcapngFile file = new PcapngFile(bytes.toByteArray());
        assertThat(file.packets.size()).isEqualTo((int) capture.captured());
        captured += capture.captured();
      }
    } finally {
      done.set(true);
      queue.join();
    }
    assertThat(captured).isGreaterThanOrEqualTo(100 * 50);
    assertThat(right.received).hasSize((int) sent[0]);
    assertThat(left.nic.runningCaptures()).isZero();
  }

  /** Takes every frame and looks at none: only a capture meets pages that are missing. */
  private static final class BlindWire implements Wire, WireQueue {
    @Override
    public WireCapabilities capabilities() {
      return new WireCapabilities(true, true, true, true, false, 65549, Frame.MAX_SEGMENTS);
    }

    @Override
    public int queues() {
      return 1;
    }

    @Override
    public WireQueue queue(int index) {
      return this;
    }

    @Override
    public int transmit(Frame frame) {
      return 0;
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      return 0;
    }

    @Override
    public int pollableFd() {
      return -1;
    }

    @Override
    public boolean armInterrupt() {
      return true;
    }

    @Override
    public void disarmInterrupt() {}

    @Override
    public void close() {}
  }

  @Test
  void aTruncatedFileCostsThatCapturedFrameOnly() throws Exception {
    Path path = folder.resolve("file");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TestHost host = new TestHost(Packets.OUR_MAC, new BlindWire());
        FileChannel file =
            FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        Arena arena = Arena.ofShared()) {
      file.write(ByteBuffer.allocate(1), 65_535);
      long mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, 65_536, arena).address();
      int region = host.nic.memory().register(mapped, 65_536, RegisteredMemory.READ);
      Capture capture =
          host.nic.startCapture(ALL, Channels.newChannel(bytes), task -> new Thread(task).start());
      for (int i = 0; i < 100; i++) {
        file.truncate(4096);
        sendPages(host, region, i);
        file.write(ByteBuffer.allocate(1), 65_535);
        sendPages(host, region, i);
      }
      capture.close();
      assertThat(host.completed).hasSize(200).allMatch(c -> c.status() == TransmitStatus.OK);
      PcapngFile captured = new PcapngFile(bytes.toByteArray());
      assertThat(captured.packets).hasSize(100);
      assertThat(captured.statistics)
          .containsExactly(new PcapngFile.Statistics(0, 200, 200, 100, 100));
    }
  }

  private static void sendPages(TestHost host, int region, int sequence) {
    int headers =
        Packets.tcp4(host.slab, sequence, TcpHeader.ACK, new byte[0], 40_000, Packets.PEER_MAC);
    TransmitQueue tx = host.queue.transmit();
    tx.begin(TransmitQueue.CHECKSUM | TransmitQueue.TSO4, 1448, headers, Packets.TRANSPORT4, 16, 0);
    tx.add(host.slabRegion, 0, headers);
    tx.add(region, 0, 40_000);
    tx.end(sequence);
    tx.doorbell();
    host.poll();
  }

  @Test
  @RequiresRoot(commands = {"tcpdump", "capinfos", "tshark"})
  void opensInTheToolsThatPeopleUse() throws Exception {
    Path file = folder.resolve("capture.pcapng");
    Capture capture =
        start(
            filter("host 10.9.0.1"),
            Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    sendUncutTcp(60_000);
    sendUdp(left, 53, 10);
    capture.close();
    assertThat(ShellCommand.run("tcpdump", "-nn", "-r", file.toString()).check())
        .contains("10.9.0.2.8080 > 10.9.0.1.40000: Flags [.], seq 1000:61000")
        .contains("10.9.0.2.8080 > 10.9.0.1.53: ");
    assertThat(ShellCommand.run("capinfos", file.toString()).check())
        .contains("Name = userstack0")
        .containsPattern("[Ff]ilter.*host 10.9.0.1")
        .contains("Number of packets = 2");
    assertThat(
            ShellCommand.run(
                    "tshark",
                    "-r",
                    file.toString(),
                    "-T",
                    "fields",
                    "-e",
                    "frame.interface_name",
                    "-e",
                    "frame.packet_flags_direction")
                .check())
        .contains("userstack0\t0x00000002");
  }
}
