package dev.twinpath.loadgen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.loadgen.ScriptedServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine against a server that counts, stalls and misbehaves. */
class LoadRunTest {
  private static final String SHA256_OF_HELLO =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static LoadSpecBuilder spec(URI... urls) {
    return LoadSpec.builder(List.of(urls).stream().map(TargetSpec::get).toList())
        .connections(4)
        .duration(Duration.ofMillis(300))
        .warmUp(Duration.ofMillis(100))
        .drain(Duration.ofSeconds(5));
  }

  private static LoadResult run(LoadSpecBuilder spec) throws Exception {
    return LoadRun.start(spec.build()).await();
  }

  @ParameterizedTest
  @EnumSource(names = {"AUTO", "NIO"})
  void countsAgreeExactlyWithTheServer(ClientTransport transport) throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(ascii("hello"))) {
      LoadResult result = run(spec(server.url("/")).threads(2).transport(transport));
      assertThat(result.total().sent()).isPositive().isEqualTo(server.requests());
      assertThat(result.total().succeeded()).isEqualTo(server.requests());
      assertThat(result.total().failed()).isZero();
      assertThat(result.total().bodyBytes()).isEqualTo(5 * server.requests());
      assertThat(result.total().connections()).isEqualTo(server.connections()).isEqualTo(4);
      assertThat(result.measured().succeeded())
          .isLessThanOrEqualTo(result.total().succeeded())
          .isEqualTo(result.latencies().intended().getTotalCount());
      assertThat(result.measuredNanos()).isEqualTo(Duration.ofMillis(300).toNanos());
    }
  }

  @Test
  void pipelinedCountsAgreeExactlyWithTheServer() throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(ascii("hello"))) {
      LoadResult result = run(spec(server.url("/")).pipeline(8));
      assertThat(result.total().succeeded()).isPositive().isEqualTo(server.requests());
      assertThat(result.total().failed()).isZero();
    }
  }

  @Test
  void aNewConnectionForEachRequest() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            (head, number, exchange) -> {
              assertThat(head).contains("Connection: close");
              exchange.raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
              exchange.socket().close();
            })) {
      LoadResult result = run(spec(server.url("/")).keepAlive(false));
      assertThat(result.total().failed()).isZero();
      assertThat(result.total().succeeded())
          .isPositive()
          .isEqualTo(server.requests())
          .isEqualTo(server.connections());
    }
  }

  @Test
  void aServerThatClosesNowAndThenLosesNoPipelinedRequest() throws Exception {
    AtomicLong answered = new AtomicLong();
    try (ScriptedServer server =
        new ScriptedServer(
            (head, number, exchange) -> {
              if (number % 5 == 0) {
                exchange.raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
                answered.incrementAndGet();
                exchange.closeAfterReading();
              } else {
                exchange.respond(200, ascii("x"));
                answered.incrementAndGet();
              }
            })) {
      LoadResult result = run(spec(server.url("/")).pipeline(3));
      assertThat(result.total().failed()).isZero();
      assertThat(result.total().succeeded()).isPositive().isEqualTo(answered.get());
      assertThat(result.total().connections()).isGreaterThan(4);
    }
  }

  @Test
  void aConstantRateSendsExactlyItsSchedule() throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(ascii("hello"))) {
      LoadResult result = run(spec(server.url("/")).rate(1_000).threads(2));
      // 100 ms of warm-up and 300 ms measured: requests 0 to 399.
      assertThat(result.total().sent()).isEqualTo(400).isEqualTo(server.requests());
      assertThat(result.total().succeeded()).isEqualTo(400);
      assertThat(result.latencies().intended().getTotalCount()).isEqualTo(300);
      assertThat(result.latencies().sendLateness().getTotalCount()).isEqualTo(300);
    }
  }

  /** One connection, one stall: only the intended clock sees those that had to wait behind it. */
  @Test
  void aStallShowsInTheIntendedClockOnly() throws Exception {
    CountDownLatch stall = new CountDownLatch(1);
    try (ScriptedServer server =
        new ScriptedServer(
            (head, number, exchange) -> {
              if (number == 50) {
                pause(stall, 200);
              }
              exchange.respond(200, ascii("x"));
            })) {
      LoadResult result = run(spec(server.url("/")).connections(1).rate(500).warmUp(Duration.ZERO));
      assertThat(result.total().succeeded()).isEqualTo(150);
      // The requests that were due while the server stalled waited too: by the intended clock many
      // were slow, by the actual send only the one (and what this machine may have added to both).
      long slow = Duration.ofMillis(100).toNanos();
      assertThat(slower(result.latencies().intended(), slow))
          .isGreaterThanOrEqualTo(slower(result.latencies().actual(), slow) + 20);
      assertThat(slower(result.latencies().sendLateness(), slow)).isGreaterThanOrEqualTo(20);
    }
  }

  private static long slower(Histogram histogram, long nanos) {
    return histogram.getCountBetweenValues(nanos, Duration.ofMinutes(30).toNanos());
  }

  private static void pause(CountDownLatch never, long millis) {
    try {
      assertThat(never.await(millis, TimeUnit.MILLISECONDS)).isFalse();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aServerThatNeverAnswersLeavesLowerBounds() throws Exception {
    try (ScriptedServer server = new ScriptedServer((head, number, exchange) -> {})) {
      LoadResult result =
          run(spec(server.url("/")).rate(100).warmUp(Duration.ZERO).drain(Duration.ofMillis(50)));
      assertThat(result.total().sent()).isEqualTo(4);
      assertThat(result.abandoned()).isEqualTo(4);
      assertThat(result.censored()).isEqualTo(30);
      assertThat(result.latencies().intended().getTotalCount()).isEqualTo(30);
      assertThat(result.verdict().has(Verdict.NOTHING)).isTrue();
      assertThat(result.verdict().has(Verdict.RATE)).isTrue();
    }
  }

  @Test
  void silenceIsATimeout() throws Exception {
    try (ScriptedServer server = new ScriptedServer((head, number, exchange) -> {})) {
      assertOnly(ErrorKind.TIMEOUT, run(spec(server.url("/")).timeout(Duration.ofMillis(200))));
    }
  }

  @Test
  void noListenerIsAConnectError() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    URI nobody = URI.create("http://127.0.0.1:" + port + "/");
    assertOnly(ErrorKind.CONNECT, run(spec(nobody)));
    LoadResult open = run(spec(nobody).rate(100));
    assertOnly(ErrorKind.CONNECT, open);
    assertThat(open.total().failed()).isEqualTo(40);
  }

  @Test
  void aResetBeforeTheResponseIsAReset() throws Exception {
    try (ScriptedServer server = new ScriptedServer((head, number, exchange) -> exchange.reset())) {
      assertOnly(ErrorKind.RESET, run(spec(server.url("/"))));
    }
  }

  @Test
  void anEndInsideTheBodyIsAShortBody() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer(
            (head, number, exchange) -> {
              exchange.raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
              exchange.socket().close();
            })) {
      assertOnly(ErrorKind.SHORT_BODY, run(spec(server.url("/"))));
    }
  }

  @Test
  void noHttpIsMalformed() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer((head, number, exchange) -> exchange.raw("220 FTP ready\r\n\r\n"))) {
      assertOnly(ErrorKind.MALFORMED, run(spec(server.url("/"))));
    }
  }

  @Test
  void anUnexpectedStatusIsAnErrorUnlessItIsExpected() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer((head, number, exchange) -> exchange.respond(404, ascii("no")))) {
      assertOnly(ErrorKind.STATUS, run(spec(server.url("/"))));
      LoadResult expected = run(spec(server.url("/")).expectedStatus(List.of(404)));
      assertThat(expected.total().failed()).isZero();
      assertThat(expected.total().succeeded()).isPositive();
    }
  }

  @Test
  void bodiesAreCheckedByLengthAndChecksum() throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(ascii("hello"))) {
      URI url = server.url("/");
      assertOnly(ErrorKind.BODY_MISMATCH, run(expecting(url, new Expectation(6, ""))));
      assertOnly(ErrorKind.BODY_MISMATCH, run(expecting(url, new Expectation(5, "00".repeat(32)))));
      LoadResult right = run(expecting(url, new Expectation(5, SHA256_OF_HELLO)));
      assertThat(right.total().failed()).isZero();
      assertThat(right.total().succeeded()).isPositive();
    }
  }

  private static LoadSpecBuilder expecting(URI url, Expectation expectation) {
    return spec(url).targets(List.of(new TargetSpec(url, "GET", List.of(), expectation)));
  }

  @Test
  void urlsAreAskedForInTurn() throws Exception {
    AtomicBoolean other = new AtomicBoolean();
    try (ScriptedServer server =
        new ScriptedServer(
            (head, number, exchange) -> {
              boolean b = head.startsWith("GET /b?q=1 HTTP/1.1\r\n");
              other.compareAndSet(false, b);
              exchange.respond(200, ascii(b ? "bb" : "a"));
            })) {
      LoadResult result =
          run(spec(server.url("/a"), server.url("/b?q=1")).connections(1).rate(100));
      assertThat(other).isTrue();
      assertThat(result.total().bodyBytes()).isEqualTo(20 + 40);
    }
  }

  @Test
  void aStoppedRunReportsWhatItMeasured() throws Exception {
    CountDownLatch enough = new CountDownLatch(100);
    try (ScriptedServer server =
        new ScriptedServer(
            (head, number, exchange) -> {
              exchange.respond(200, ascii("x"));
              enough.countDown();
            })) {
      LoadRun run =
          LoadRun.start(
              spec(server.url("/")).warmUp(Duration.ZERO).duration(Duration.ofHours(1)).build());
      enough.await();
      assertThat(run.progress().total().sent()).isGreaterThanOrEqualTo(100);
      run.stop();
      LoadResult result = run.await();
      assertThat(result.endedEarly()).isTrue();
      assertThat(result.measuredNanos()).isPositive().isLessThan(Duration.ofHours(1).toNanos());
      assertThat(result.total().succeeded()).isEqualTo(server.requests());
    }
  }

  @Test
  void whatCannotBeLoadedIsRefused() {
    assertThatThrownBy(() -> TargetSpec.get(URI.create("https://x/")))
        .hasMessageContaining("https is not spoken");
    assertThatThrownBy(() -> TargetSpec.get(URI.create("ftp://x/")))
        .hasMessageContaining("ftp is not spoken");
    assertThatThrownBy(() -> TargetSpec.get(URI.create("index.html")))
        .hasMessageContaining("http://");
    URI url = URI.create("http://127.0.0.1:1/");
    assertThatThrownBy(() -> new TargetSpec(url, "GET", List.of("a: b\r\nc: d"), Expectation.ANY))
        .hasMessageContaining("header");
    assertThatThrownBy(() -> spec(url).connections(0).build()).hasMessageContaining("connections");
  }

  private static void assertOnly(ErrorKind kind, LoadResult result) {
    assertThat(result.total().errors(kind)).isPositive();
    assertThat(result.total().failed()).isEqualTo(result.total().errors(kind));
    assertThat(result.total().succeeded()).isZero();
  }
}
