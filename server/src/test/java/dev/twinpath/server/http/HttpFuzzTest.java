package dev.twinpath.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.server.TwinpathServer;
import dev.twinpath.server.config.HttpLimits;
import dev.twinpath.server.config.ServerConfig;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Malformed requests over real connections, from a seed: the server answers or closes, never gives
 * anything of what lies outside of its root or is hidden, and serves the next client.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpFuzzTest {
  private static final int ROUNDS = 300;
  private static final List<String> PIECES =
      List.of(
          "GET",
          "HEAD",
          "POST",
          " ",
          "  ",
          "\t",
          "/",
          "/a.txt",
          "/../",
          "/%2e%2e/",
          "%",
          "%00",
          "%zz",
          "secret.txt",
          ".hidden",
          "/out-dir/secret.txt",
          "?",
          "#",
          "*",
          "http://test",
          " HTTP/1.1",
          " HTTP/1.0",
          " HTTP/9.9",
          "\r\n",
          "\n",
          "\r",
          "\r\n\r\n",
          "\0",
          "\u00FF",
          "Host: t",
          "Host:",
          ":",
          "Connection: close",
          "Connection: keep-alive",
          "Content-Length: 5",
          "Content-Length: -5",
          "Content-Length: 99999999999999999999",
          "Transfer-Encoding: chunked",
          "Range: bytes=",
          "Range: bytes=0-",
          "-5",
          ",",
          "1-2,3-4",
          "If-None-Match: ",
          "\"",
          "W/",
          "If-Modified-Since: ",
          "Tue, 14 Nov 2023 22:13:20 GMT",
          "Expect: 100-continue",
          "0\r\n\r\n",
          "5\r\nhello\r\n",
          "X: ",
          "aaaaaaaaaaaaaaaaaaaaaaaa");

  private TwinpathServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    Duration soon = Duration.ofMillis(100);
    server =
        TwinpathServer.start(
            ServerConfig.builder(HttpSite.create(directory))
                .anyPorts()
                .eventLoops(1)
                .http(HttpLimits.DEFAULTS.withDeadlines(soon, soon, Duration.ofSeconds(5)))
                .drain(Duration.ZERO)
                .build());
  }

  @AfterAll
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 20260614})
  void survives(long seed) throws IOException {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] request = request(random);
      String what =
          "seed "
              + seed
              + ", round "
              + round
              + ": "
              + new String(request, StandardCharsets.ISO_8859_1);
      byte[] answer = exchange(request);
      String text = new String(answer, StandardCharsets.ISO_8859_1);
      assertThat(text).as(what).doesNotContain("secret").doesNotContain("hidden");
      assertThat(text.isEmpty() || text.startsWith("HTTP/1.1 ")).as(what).isTrue();
      if (round % 25 == 0) {
        assertServes(what);
      }
    }
    assertServes("after seed " + seed);
  }

  private void assertServes(String what) throws IOException {
    try (RawClient client = new RawClient(server.httpAddress())) {
      assertThat(client.get("/a.txt").readResponse().text()).as(what).isEqualTo(HttpSite.LETTERS);
    }
  }

  private static byte[] request(Random random) {
    switch (random.nextInt(4)) {
      case 0:
        byte[] noise = new byte[random.nextInt(400)];
        random.nextBytes(noise);
        return noise;
      case 1:
        return mutated(random);
      default:
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i >= 0; i--) {
          text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** A good request with a few bytes changed, doubled or left out. */
  private static byte[] mutated(Random random) {
    StringBuilder text =
        new StringBuilder(
            "GET /dir/../a.txt?x HTTP/1.1\r\nHost: test\r\nRange: bytes=1-5\r\n"
                + "If-Range: \"x\"\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n");
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(256));
        case 1 -> text.insert(at, text.charAt(at));
        default -> text.deleteCharAt(at);
      }
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Everything that comes back until the server closes, which its short deadlines make soon. */
  private byte[] exchange(byte[] request) throws IOException {
    try (RawClient client = new RawClient(server.httpAddress())) {
      try {
        client.send(request);
        client.shutdownOutput();
        return client.read(1 << 20);
      } catch (SocketException e) {
        return new byte[0];
      }
    }
  }
}
