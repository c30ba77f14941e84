package dev.twinpath.nic.bench;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.SharedMemoryWire;
import dev.twinpath.testsupport.Packets;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the memory wire carries between two processes over /dev/shm, NIC to NIC, beside what the
 * machine's memory copies in the same run. A main: it starts its peer, which receives, itself.
 * {@code docs/benchmarks/nic.sh} runs it.
 */
public final class MemoryWireBenchmark {
  private static final int SMALL = 64;

  /** 45 segments of 1,448 bytes: as much as fits. */
  private static final int UNCUT = 54 + 45 * 1_448;

  private static final int ROUNDS = 5;
  private static final long ROUND_NANOS = 1_000_000_000L;
  private static final long WARM_UP_NANOS = 2_000_000_000L;
  private static final int BATCH = 32;
  private static final long SILENCE_NANOS = 20_000_000_000L;

  private MemoryWireBenchmark() {}

  /** Without arguments measures everything and prints a table. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length == 2) {
      receive(Path.of(arguments[0]), Long.parseLong(arguments[1]));
      return;
    }
    double copy = copySpeed();
    double small = carried(SMALL);
    double uncut = carried(UNCUT);
    double copyAfter = copySpeed();
    double memory = Math.max(copy, copyAfter);
    System.out.println("| memory wire between two processes | median of " + ROUNDS + " |");
    System.out.println("|---|---:|");
    print("64 B frames | %,.0f packets/s, %.0f ns a packet", small, 1e9 / small);
    print("64 KiB uncut frames | %.2f GB/s, %.2f us a packet", uncut * UNCUT / 1e9, 1e6 / uncut);
    print("one thread copying 64 KiB pieces (MemorySegment.copy) | %.2f GB/s", memory / 1e9);
    print("wire / copy | %.2f", uncut * UNCUT / memory);
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static void print(String format, Object... values) {
    System.out.println("| " + String.format(Locale.ROOT, format, values) + " |");
  }

  /**
   * Bytes a second that one thread copies in pieces of 64 KiB, over as much memory as the wire
   * uses: from a megabyte of payload through a ring of a megabyte.
   */
  private static double copySpeed() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(1 << 20, 4096).fill((byte) 1);
      MemorySegment to = arena.allocate(1 << 20, 4096).fill((byte) 2);
      double[] speeds = new double[ROUNDS];
      for (int round = -1; round < ROUNDS; round++) {
        long begin = System.nanoTime();
        long copied = 0;
        long at = 0;
        while (System.nanoTime() - begin < ROUND_NANOS / 4) {
          for (int i = 0; i < BATCH; i++) {
            MemorySegment.copy(from, at, to, at, 1 << 16);
            at = at + (1 << 16) & (1 << 20) - 1;
            copied += 1 << 16;
          }
        }
        if (round >= 0) {
          speeds[round] = copied * 1e9 / (System.nanoTime() - begin);
        }
      }
      return median(speeds);
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Packets a second from here to a process of its own. */
  private static double carried(int length) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "twinpath-bench");
    Path file = directory.resolve("wire");
    try (SharedMemoryWire wire = SharedMemoryWire.attach(file, 1)) {
      Process peer = startPeer(file);
      try (BenchHost host = new BenchHost(NicConfig.defaults(Packets.OUR_MAC), wire, length)) {
        awaitReady(peer);
        run(host, WARM_UP_NANOS);
        double[] rates = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
          rates[i] = run(host, ROUND_NANOS);
        }
        return median(rates);
      } finally {
        peer.destroy();
        peer.waitFor();
      }
    } finally {
      try (var left = Files.list(directory)) {
        for (Path path : left.toList()) {
          Files.deleteIfExists(path);
        }
      }
      Files.delete(directory);
    }
  }

  private static Process startPeer(Path file) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(MemoryWireBenchmark.class.getName());
    command.add(file.toString());
    command.add(Long.toString(ProcessHandle.current().pid()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void awaitReady(Process peer) throws IOException {
    InputStream out = peer.getInputStream();
    byte[] line = out.readNBytes(READY.length);
    if (!Arrays.equals(line, READY)) {
      throw new IOException("the peer did not start: " + new String(line, StandardCharsets.UTF_8));
    }
  }

  private static final byte[] READY = "ready\n".getBytes(StandardCharsets.UTF_8);

  /**
   * Sends for some time; what is counted went through: the ring holds little beside what a second
   * carries.
   */
  private static double run(BenchHost host, long nanos) {
    long begin = System.nanoTime();
    long before = host.sent;
    long progress = begin;
    while (true) {
      for (int i = 0; i < BATCH && host.canSend(); i++) {
        host.send(0);
      }
      host.queue.transmit().doorbell();
      long now = System.nanoTime();
      if (host.poll() > 0) {
        progress = now;
      } else if (now - progress > SILENCE_NANOS) {
        throw new IllegalStateException("the peer takes nothing any more");
      } else {
        Thread.onSpinWait();
      }
      if (now - begin >= nanos) {
        return (host.sent - before) * 1e9 / (now - begin);
      }
    }
  }

  /** The peer: takes what comes until its parent is gone or ends it. */
  private static void receive(Path file, long parent) throws IOException {
    try (SharedMemoryWire wire = SharedMemoryWire.attach(file, 1);
        BenchHost host = new BenchHost(NicConfig.defaults(Packets.PEER_MAC), wire, SMALL)) {
      System.out.write(READY);
      System.out.flush();
      long idle = 0;
      while (true) {
        if (host.poll() > 0) {
          idle = 0;
        } else if (++idle % 1_000_000 == 0 && ProcessHandle.of(parent).isEmpty()) {
          return;
        } else {
          Thread.onSpinWait();
        }
      }
    }
  }
}
