package dev.twinpath.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.server.TwinpathServer;
import dev.twinpath.server.config.HttpLimits;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.http.RawClient.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deadlines and limits of HTTP connections, and how a server ends with connections open. */
class HttpDeadlineTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir Path directory;
  private TwinpathServer server;

  @AfterEach
  void stop() {
    server.close();
  }

  private RawClient start(HttpLimits limits) throws Exception {
    server =
        TwinpathServer.start(
            ServerConfig.builder(HttpSite.create(directory))
                .anyPorts()
                .eventLoops(1)
                .http(limits)
                .drain(Duration.ofSeconds(20))
                .build());
    return new RawClient(server.httpAddress());
  }

  @Test
  void anIdleConnectionIsClosed() throws Exception {
    try (RawClient client = start(HttpLimits.DEFAULTS.withDeadlines(LONG, SHORT, LONG))) {
      assertThat(client.get("/a.txt").readResponse().status()).isEqualTo(200);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aHeadThatNeverEndsIsAnsweredAndClosed() throws Exception {
    try (RawClient client = start(HttpLimits.DEFAULTS.withDeadlines(SHORT, LONG, LONG))) {
      Response response = client.send("GET /a.txt HTTP/1.1\r\nHost:").readResponse();
      assertThat(response.status()).isEqualTo(408);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aBodyThatNeverComesIsAnsweredAndClosed() throws Exception {
    try (RawClient client = start(HttpLimits.DEFAULTS.withDeadlines(SHORT, LONG, LONG))) {
      Response response = client.get("/a.txt", "Content-Length: 10").readResponse();
      assertThat(response.status()).isEqualTo(408);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aClientThatTakesNothingIsGivenUp() throws Exception {
    try (RawClient client = start(HttpLimits.DEFAULTS.withDeadlines(LONG, LONG, SHORT))) {
      for (int i = 0; i < 20; i++) {
        client.get("/big.bin");
      }
      await().until(() -> server.context().connections().count() == 0);
      assertThat(client.drain()).isLessThan(20L * HttpSite.BIG_BYTES);
    }
  }

  @Test
  void aTooLongRequestLineIsRefusedBeforeItEnds() throws Exception {
    try (RawClient client = start(HttpLimits.DEFAULTS)) {
      client.send("GET /" + "a".repeat(9000));
      assertThat(client.readResponse().status()).isEqualTo(414);
    }
    try (RawClient client = new RawClient(server.httpAddress())) {
      client.get("/" + "a".repeat(8160));
      assertThat(client.readResponse().status()).isEqualTo(404);
      client.get("/" + "a".repeat(8300));
      assertThat(client.readResponse().status()).isEqualTo(414);
    }
  }

  @Test
  void tooManyOrTooLongFieldsAreRefused() throws Exception {
    try (RawClient client = start(HttpLimits.DEFAULTS)) {
      client.send("GET /a.txt HTTP/1.1\r\nHost: t\r\n" + "X: y\r\n".repeat(98) + "\r\n");
      assertThat(client.readResponse().status()).isEqualTo(200);
      client.send("GET /a.txt HTTP/1.1\r\nHost: t\r\n" + "X: y\r\n".repeat(101) + "\r\n");
      assertThat(client.readResponse().status()).isEqualTo(431);
    }
    try (RawClient client = new RawClient(server.httpAddress())) {
      client.get("/a.txt", "X: " + "y".repeat(33_000));
      assertThat(client.readResponse().status()).isEqualTo(431);
    }
    try (RawClient client = new RawClient(server.httpAddress())) {
      client.send("GET /a.txt HTTP/1.1\r\nHost: t\r\nX: " + "y".repeat(60_000));
      assertThat(client.readResponse().status()).isEqualTo(431);
    }
  }

  @Test
  void aShutdownLetsATransferFinishAndClosesIdleConnectionsAtOnce() throws Exception {
    try (RawClient busy = start(HttpLimits.DEFAULTS);
        RawClient idle = new RawClient(server.httpAddress())) {
      assertThat(idle.get("/a.txt").readResponse().status()).isEqualTo(200);
      for (int i = 0; i < 10; i++) {
        busy.get("/big.bin");
      }
      byte[] start = busy.read(100);
      assertThat(new String(start, java.nio.charset.StandardCharsets.ISO_8859_1))
          .startsWith("HTTP/1.1 200 OK");
      CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
      assertThat(idle.closed()).isTrue();
      await().until(() -> !server.ready());
      // Those that were being answered come whole; those not begun may be missing.
      assertThat(busy.drain() + start.length).isGreaterThan(HttpSite.BIG_BYTES);
      closed.join();
      assertThat(canConnect()).isFalse();
    }
  }

  private boolean canConnect() {
    try (RawClient client = new RawClient(server.httpAddress())) {
      return client != null;
    } catch (IOException e) {
      return false;
    }
  }
}
