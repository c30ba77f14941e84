package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedMemoryWireTest extends WireContract {
  private final Path folder;

  SharedMemoryWireTest() throws IOException {
    Path shared = Path.of("/dev/shm");
    folder =
        Files.isDirectory(shared)
            ? Files.createTempDirectory(shared, "twinpath-test")
            : Files.createTempDirectory("twinpath-test");
  }

  @Override
  Wire[] ends() throws IOException {
    Path file = folder.resolve("contract");
    return new Wire[] {
      SharedMemoryWire.attach(file, 1), SharedMemoryWire.attach(file, 1),
    };
  }

  @AfterEach
  void deleteFolder() throws IOException {
    try (Stream<Path> left = Files.list(folder)) {
      for (Path path : left.toList()) {
        Files.delete(path);
      }
    }
    Files.delete(folder);
  }

  /** The other process: sends back what it gets, for ever. */
  public static void main(String[] args) throws IOException {
    try (TestHost host =
        new TestHost(Packets.PEER_MAC, SharedMemoryWire.attach(Path.of(args[0]), 1))) {
      System.out.println("attached");
      while (true) {
        host.poll();
        while (!host.received.isEmpty()) {
          host.send(host.received.remove(0).bytes());
        }
        Thread.onSpinWait();
      }
    }
  }

  private ShellCommand startPeer(Path file) {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ShellCommand peer =
        ShellCommand.start(
            java,
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            SharedMemoryWireTest.class.getName(),
            file.toString());
    await().until(() -> peer.outputSoFar().contains("attached") || !peer.isRunning());
    assertThat(peer.outputSoFar()).contains("attached");
    return peer;
  }

  private static void echo(TestHost host, int number) {
    byte[] frame = new byte[100 + number];
    frame[12] = 0x12;
    frame[20] = (byte) number;
    host.send(frame);
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              host.poll();
              return !host.received.isEmpty();
            });
    assertThat(host.received.remove(0).bytes()).isEqualTo(frame);
  }

  @Test
  void framesCrossBetweenProcessesAndSurviveThePeersDeath() {
    Path file = folder.resolve("two-processes");
    try (TestHost host = attach(file)) {
      ShellCommand first = startPeer(file);
      for (int i = 0; i < 50; i++) {
        echo(host, i);
      }
      first.close(); // SIGKILL
      byte[] lost = new byte[1000];
      for (int i = 0; i < 12_000; i++) {
        host.send(lost);
      }
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                host.poll();
                return host.queue.counters().wireDrops() > 0 && !host.queue.hasPendingTransmit();
              });
      try (ShellCommand second = startPeer(file)) {
        for (int i = 0; i < 50; i++) {
          echo(host, i);
        }
        assertThat(second.isRunning()).isTrue();
      }
    }
  }

  private static TestHost attach(Path file) {
    try {
      return new TestHost(Packets.OUR_MAC, SharedMemoryWire.attach(file, 1));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void thereAreTwoEndsAndNoMore() throws IOException {
    Path file = folder.resolve("ends");
    try (SharedMemoryWire first = SharedMemoryWire.attach(file, 1)) {
      assertThat(first.side()).isZero();
      assertThat(first.hasPeer()).isFalse();
      try (SharedMemoryWire second = SharedMemoryWire.attach(file, 1)) {
        assertThat(second.side()).isEqualTo(1);
        assertThat(first.hasPeer()).isTrue();
        assertThatIOException()
            .isThrownBy(() -> SharedMemoryWire.attach(file, 1))
            .withMessageContaining("both ends");
      }
      assertThat(first.hasPeer()).isFalse();
      assertThatIOException()
          .isThrownBy(() -> SharedMemoryWire.attach(file, 2))
          .withMessageContaining("1 queues");
    }
    assertThat(file).doesNotExist();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.filter(p -> p.getFileName().toString().startsWith("ends"))).isEmpty();
    }
  }

  @Test
  void aFileThatIsSomethingElseIsTakenOverOnlyWhenNobodyHoldsIt() throws IOException {
    Path file = folder.resolve("other");
    Files.writeString(file, "something else");
    try (SharedMemoryWire wire = SharedMemoryWire.attach(file, 1)) {
      assertThat(wire.side()).isZero();
    }
  }

  @Test
  void aPeerThatTruncatesTheFileBreaksTheWireAndNothingElse() throws IOException {
    Path file = folder.resolve("truncated");
    try (TestHost host = attach(file)) {
      host.send(new byte[60]);
      try (java.nio.channels.FileChannel channel =
          java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
        channel.truncate(0);
      }
      host.send(new byte[60]);
      host.poll();
      assertThat(host.completed).hasSize(2);
      assertThat(host.queue.counters().receiveErrors()).isPositive();
    }
  }
}
