package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.wire.LinkModel;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A modelled line under the user path: files come whole, and never faster than the line. */
class LinkOptionTest {
  private static final int LENGTH = 3_000_000;

  @TempDir Path directory;

  @Test
  void aFileTakesAtLeastItsTimeOnTheLine() throws Exception {
    byte[] content = new byte[LENGTH];
    new Random(1).nextBytes(content);
    Files.write(directory.resolve("file.bin"), content);
    ServerConfig config =
        ServerConfig.builder(directory)
            .anyPorts()
            .eventLoops(1)
            .initialPath(DataPath.USERSTACK)
            .link(LinkModel.parse("rate=100mbit,delay=2ms"))
            .build();
    try (TwinpathServer server = TwinpathServer.start(config)) {
      String url = "http://127.0.0.1:" + server.httpAddress().getPort() + "/file.bin";
      long begin = System.nanoTime();
      byte[] got;
      try (InputStream in = URI.create(url).toURL().openStream()) {
        got = in.readAllBytes();
      }
      long elapsed = System.nanoTime() - begin;
      assertThat(got).isEqualTo(content);
      // 80 ns a byte at 100 Mbit/s, headers not counted, and a handshake of 4 ms before.
      assertThat(elapsed).isGreaterThan(LENGTH * 80L + 4_000_000);
      assertThat(server.context().paths().active()).isEqualTo(DataPath.USERSTACK);
    }
  }
}
