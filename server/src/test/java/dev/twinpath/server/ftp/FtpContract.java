package dev.twinpath.server.ftp;

import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.config.PortRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the suites of FTP have in common: a server on the path that a subclass names, over a small
 * tree of files.
 */
abstract class FtpContract {
  static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path root;

  byte[] medium;
  private FtpFixture server;

  /** Starts a server on the path under test. */
  abstract FtpFixture start(Path directory, FtpLimits config);

  @BeforeEach
  void makeFiles() throws IOException {
    medium = new byte[300_000];
    new Random(7).nextBytes(medium);
    Files.write(root.resolve("medium.bin"), medium);
    Files.write(root.resolve("empty"), new byte[0]);
    Files.writeString(root.resolve("lines.txt"), "one\ntwo\r\n\nthree");
    Files.createDirectories(root.resolve("sub/deep \"er"));
    Files.writeString(root.resolve("sub/a.txt"), "a");
    Files.writeString(root.resolve("sub/b.txt"), "bb");
    Files.writeString(root.resolve(".hidden"), "secret");
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  FtpFixture server() {
    return server(FtpLimits.DEFAULTS.withTimeouts(LONG, LONG, Duration.ofMillis(500)));
  }

  FtpFixture server(FtpLimits config) {
    if (server == null) {
      server = start(root, config);
    }
    return server;
  }

  FtpDialog login() throws IOException {
    return FtpDialog.login(server().address());
  }

  static FtpLimits passivePorts(int first, int last) {
    return FtpLimits.DEFAULTS.withPassivePorts(new PortRange(first, last));
  }
}
