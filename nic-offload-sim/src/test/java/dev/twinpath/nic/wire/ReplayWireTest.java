package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Captures played to a NIC, in virtual time. */
class ReplayWireTest {
  private static final int ROUNDS = 10_000;

  @TempDir Path folder;

  private long now = 77_000_000_000L;

  private static byte[] frame(int mark) {
    byte[] frame = new byte[60 + mark];
    frame[12] = 0x12;
    frame[14] = (byte) mark;
    return frame;
  }

  /** Ten frames, a millisecond apart; every third was sent. */
  private Path tenFrames() throws IOException {
    Path file = folder.resolve("ten.pcapng");
    try (PcapngWriter writer = new PcapngWriter(file, 65549);
        Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(200, 8).address();
      Frame frame = new Frame();
      for (int i = 0; i < 10; i++) {
        Memory.copy(frame(i), 0, memory, 60 + i);
        frame.clear();
        frame.add(memory, 60 + i);
        writer.write(frame, 1_700_000_000_000_000_000L + i * 1_000_000L, i % 3 == 2);
      }
    }
    return file;
  }

  private record Got(long at, byte[] bytes) {}

  /** Plays to the end, from deadline to deadline. */
  private List<Got> play(ReplayConfig config) throws IOException {
    long begin = now;
    List<Got> got = new ArrayList<>();
    ReplayWire wire = new ReplayWire(config, () -> now);
    try (TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
      for (int round = 0; round < ROUNDS; round++) {
        while (host.poll() > 0) {
          continue;
        }
        for (TestHost.Received frame : host.received) {
          got.add(new Got(now - begin, frame.bytes()));
        }
        host.received.clear();
        long next = host.queue.nextDeadlineNanos();
        if (next == Long.MAX_VALUE) {
          break;
        }
        now = Math.max(now, next);
      }
      assertThat(wire.isFinished(0)).isTrue();
      assertThat(wire.failure(0)).isEmpty();
    }
    return got;
  }

  private static int[] marks(List<Got> got) {
    return got.stream().mapToInt(g -> g.bytes()[14]).toArray();
  }

  @Test
  void aCaptureOfOursComesBackByteByByteAtItsTimes() throws IOException {
    List<Got> got = play(ReplayConfig.of(tenFrames()).withFrames(ReplayConfig.Frames.ALL));
    assertThat(got).hasSize(10);
    for (int i = 0; i < 10; i++) {
      assertThat(got.get(i).bytes()).isEqualTo(frame(i));
      assertThat(got.get(i).at()).isEqualTo(i * 1_000_000L);
    }
  }

  @Test
  void whatWasSentIsNotPlayedUnlessAskedFor() throws IOException {
    Path file = tenFrames();
    assertThat(marks(play(ReplayConfig.of(file)))).containsExactly(0, 1, 3, 4, 6, 7, 9);
    assertThat(marks(play(ReplayConfig.of(file).withFrames(ReplayConfig.Frames.SENT))))
        .containsExactly(2, 5, 8);
  }

  @Test
  void speedAndRounds() throws IOException {
    ReplayConfig all = ReplayConfig.of(tenFrames()).withFrames(ReplayConfig.Frames.ALL);
    List<Got> fast = play(all.withSpeed(4));
    assertThat(fast.get(9).at()).isEqualTo(9 * 250_000L);
    assertThat(play(all.withSpeed(0))).hasSize(10).allSatisfy(g -> assertThat(g.at()).isZero());
    List<Got> twice = play(all.withRounds(3));
    assertThat(twice).hasSize(30);
    assertThat(twice.get(29).at()).isEqualTo(27_000_000);
    assertThat(twice.get(10).at()).isEqualTo(9_000_000);
  }

  @Test
  void addressPairsHaveTheirQueuesInBothDirections() throws IOException {
    CaptureFile capture = new CaptureFile(ByteOrder.LITTLE_ENDIAN).section().description(1, 0, 9);
    try (Arena arena = Arena.ofConfined()) {
      long memory = arena.allocate(200, 8).address();
      for (int i = 0; i < 64; i++) {
        int length = Packets.udp4(memory, 53, 20, Packets.PEER_MAC) + 20;
        // The lowest byte of the source's address, and then the same pair the other way round.
        Memory.putByte(memory + 29, i);
        capture.packet(0, i, Memory.toArray(memory, length));
        long source = Memory.getInt(memory + 26);
        Memory.putInt(memory + 26, Memory.getInt(memory + 30));
        Memory.putInt(memory + 30, (int) source);
        capture.packet(0, i, Memory.toArray(memory, length));
      }
      Path file = capture.write(folder.resolve("pairs.pcapng"));
      long buffer = arena.allocate(2000, 8).address();
      Frame context = new Frame();
      ReplayConfig four = ReplayConfig.of(file).withSpeed(0).withQueues(4, true);
      try (ReplayWire wire = new ReplayWire(four, () -> now)) {
        int all = 0;
        for (int queue = 0; queue < 4; queue++) {
          int frames = 0;
          while (wire.queue(queue).receive(buffer, 2000, context) > 0) {
            frames++;
          }
          assertThat(frames).as("queue %d", queue).isPositive();
          assertThat(frames % 2).as("pairs stay together").isZero();
          all += frames;
        }
        assertThat(all).isEqualTo(128);
      }
      try (ReplayWire wire = new ReplayWire(four.withQueues(4, false), () -> now)) {
        assertThat(wire.queue(1).receive(buffer, 2000, context)).isZero();
        assertThat(wire.queue(0).receive(buffer, 20, context)).isNegative();
        assertThat(wire.queue(0).receive(buffer, 2000, context)).isPositive();
        assertThat(wire.counters(0).tooLong()).isEqualTo(1);
      }
    }
  }

  @Test
  void whatTheNicSendsIsCountedAndRecorded() throws IOException {
    Path record = folder.resolve("sent.pcapng");
    try (PcapngWriter writer = new PcapngWriter(record, 65549)) {
      ReplayWire wire =
          new ReplayWire(ReplayConfig.of(tenFrames()).withRecording(writer), () -> now);
      try (TestHost host = new TestHost(NicConfig.defaults(Packets.OUR_MAC), wire)) {
        host.send(frame(1));
        now += 5000;
        host.send(frame(2));
        assertThat(wire.counters(0).sentFrames()).isEqualTo(2);
        assertThat(wire.counters(0).sentBytes()).isEqualTo(61 + 62);
      }
    }
    try (PcapngReader reader = new PcapngReader(record)) {
      assertThat(reader.next()).isTrue();
      assertThat(reader.direction()).isEqualTo(PcapngReader.DIRECTION_SENT);
      long first = reader.epochNanos();
      assertThat(reader.next()).isTrue();
      assertThat(reader.epochNanos() - first).isGreaterThanOrEqualTo(5000);
      assertThat(Memory.toArray(reader.address(), reader.length())).isEqualTo(frame(2));
    }
  }

  @Test
  void aFileThatTurnsOutMalformedEndsTheReplay() throws IOException {
    byte[] bytes = Files.readAllBytes(tenFrames());
    Path file = folder.resolve("cut.pcapng");
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 10));
    ReplayWire wire = new ReplayWire(ReplayConfig.of(file).withSpeed(0), () -> now);
    try (TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
      while (host.poll() > 0) {
        continue;
      }
      assertThat(host.received).hasSize(6);
      assertThat(wire.counters(0).readErrors()).isEqualTo(1);
      assertThat(wire.failure(0).orElseThrow()).hasMessageContaining("cut short");
      assertThat(host.queue.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }
    assertThatIOException()
        .isThrownBy(() -> new ReplayWire(ReplayConfig.of(folder.resolve("none")), () -> now));
  }

  /** A capture made by tcpdump of what Linux itself sends over a TAP of the test's own. */
  @Test
  @RequiresRoot(commands = {"tcpdump", "ping"})
  void aCaptureByTcpdumpComesBackByteByByte() throws IOException {
    Path file = folder.resolve("tcpdump.pcap");
    List<byte[]> sent = new ArrayList<>();
    try (NetworkNamespace namespace = NetworkNamespace.create();
        TestHost host =
            new TestHost(Packets.OUR_MAC, namespace.openTap("tap0", 1, "10.9.0.1/24"))) {
      String[] dump = {
        "ip",
        "netns",
        "exec",
        namespace.name(),
        "tcpdump",
        "-U",
        "-n",
        "-i",
        "tap0",
        "-w",
        file.toString(),
        "arp"
      };
      try (ShellCommand tcpdump = ShellCommand.start(dump)) {
        Awaitility.await().until(() -> tcpdump.outputSoFar().contains("listening on"));
        for (int i = 0; i < 5; i++) {
          byte[] request = new byte[60];
          int length;
          try (Arena arena = Arena.ofConfined()) {
            long memory = arena.allocate(64, 8).address();
            length = Packets.arp(memory, 1, 0, 0x0a090064 + i);
            Memory.copy(memory, request, 0, length);
          }
          host.send(request);
          sent.add(request);
        }
        Awaitility.await().until(() -> Files.size(file) >= 24 + 5 * (16 + 60));
        tcpdump.interrupt();
        tcpdump.await(20);
      }
    }
    List<Got> got = play(ReplayConfig.of(file));
    assertThat(got).extracting(Got::bytes).containsAll(sent);
  }
}
