package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.server.config.ContentLimits;
import dev.twinpath.server.config.ServerConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that was closed leaves no descriptor and no thread; a running one keeps its bounds. */
class LeakTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void closeLeavesNothing(String transport) throws Exception {
    Files.writeString(directory.resolve("a.txt"), "a");
    Files.write(directory.resolve("b.bin"), new byte[200_000]);
    try (TwinpathServer server = start(ContentLimits.DEFAULTS, transport)) {
      get(server, "a.txt");
      get(server, "b.bin");
      get(server, "nope");
      get(server, "");
      assertThat(descriptorsBelow(directory)).isPositive();
    }
    await().untilAsserted(() -> assertThat(descriptorsBelow(directory)).isZero());
    await().untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  @Test
  void theCacheKeepsItsBound() throws Exception {
    for (int i = 0; i < 100; i++) {
      Files.write(directory.resolve(i + ".bin"), new byte[50_000]);
    }
    ContentLimits few = new ContentLimits(10, 1 << 20, 1024, 1 << 20, Duration.ofSeconds(1));
    try (TwinpathServer server = start(few, "auto")) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
          get(server, i + ".bin");
        }
      }
      assertThat(server.context().content().openFiles()).isLessThanOrEqualTo(10);
      // Two for each file, and one for the root.
      await().untilAsserted(() -> assertThat(descriptorsBelow(directory)).isLessThanOrEqualTo(21));
    }
  }

  private TwinpathServer start(ContentLimits limits, String transport) throws StartException {
    return TwinpathServer.start(
        ServerConfig.builder(directory)
            .anyPorts()
            .eventLoops(2)
            .content(limits)
            .transport(transport)
            .build());
  }

  private static void get(TwinpathServer server, String name) throws IOException {
    String url = "http://127.0.0.1:" + server.httpAddress().getPort() + "/" + name;
    try (InputStream in = URI.create(url).toURL().openStream()) {
      in.readAllBytes();
    } catch (java.io.FileNotFoundException e) {
      // The server says 404.
    }
  }

  private static long descriptorsBelow(Path root) throws IOException {
    Path real = root.toRealPath();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(fd -> leadsBelow(fd, real)).count();
    } catch (UncheckedIOException e) {
      return Long.MAX_VALUE;
    }
  }

  private static boolean leadsBelow(Path descriptor, Path root) {
    try {
      return Files.readSymbolicLink(descriptor).startsWith(root);
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> threads() {
    List<String> ours = List.of("kernel-", "userstack", "gateway", "content-", "admin");
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> ours.stream().anyMatch(name::startsWith))
        .toList();
  }
}
