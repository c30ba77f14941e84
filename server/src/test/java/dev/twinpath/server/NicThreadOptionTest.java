package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A NIC with a thread of its own under the user path: the same files, and its time apart. */
class NicThreadOptionTest {
  @TempDir Path directory;

  private static byte[] get(String url) throws Exception {
    try (InputStream in = URI.create(url).toURL().openStream()) {
      return in.readAllBytes();
    }
  }

  @Test
  void filesComeWholeAndTheDevicesTimeIsToldApart() throws Exception {
    byte[] content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    Files.write(directory.resolve("file.bin"), content);
    ServerConfig config =
        ServerConfig.builder(directory)
            .anyPorts()
            .eventLoops(2)
            .initialPath(DataPath.USERSTACK)
            .nicThread(true)
            .build();
    try (TwinpathServer server = TwinpathServer.start(config)) {
      String url = "http://127.0.0.1:" + server.httpAddress().getPort() + "/file.bin";
      for (int i = 0; i < 5; i++) {
        assertThat(get(url)).isEqualTo(content);
      }
      assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).contains("nic");
      String metrics =
          new String(
              get("http://127.0.0.1:" + server.adminAddress().getPort() + "/metrics"),
              StandardCharsets.UTF_8);
      String line =
          metrics
              .lines()
              .filter(l -> l.startsWith("twinpath_cpu_seconds_total"))
              .filter(l -> l.contains("simulated_nic"))
              .findFirst()
              .orElseThrow();
      assertThat(Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).isPositive();
    }
  }
}
