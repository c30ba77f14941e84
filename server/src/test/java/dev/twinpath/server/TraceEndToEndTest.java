package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.server.cli.Twinpath;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Following a connection of a running server, and reading what it counted. */
@Timeout(120)
class TraceEndToEndTest {
  @TempDir Path directory;
  private TwinpathServer server;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void serve() throws Exception {
    Files.write(directory.resolve("b.bin"), new byte[100_000]);
    server =
        TwinpathServer.start(
            ServerConfig.builder(directory)
                .anyPorts()
                .eventLoops(2)
                .initialPath(DataPath.USERSTACK)
                .build());
  }

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  private void get() throws Exception {
    String url = "http://127.0.0.1:" + server.httpAddress().getPort() + "/b.bin";
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url).toURL().openConnection(java.net.Proxy.NO_PROXY);
    connection.setRequestProperty("Connection", "close");
    try (InputStream in = connection.getInputStream()) {
      assertThat(in.readAllBytes()).hasSize(100_000);
    }
  }

  private String run(int expected, String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Twinpath.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    String[] all = java.util.Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--admin";
    all[words.length + 1] = Integer.toString(server.adminAddress().getPort());
    assertThat(line.execute(all)).as(err.toString()).isEqualTo(expected);
    return out.toString() + err;
  }

  private HttpResponse<String> api(String method, String path, String body) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + path);
    return http.send(
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void theCommandFollowsAConnectionToItsEnd() throws Exception {
    CompletableFuture<String> trace =
        CompletableFuture.supplyAsync(() -> run(0, "trace", "--seconds", "60"));
    // The trace may begin after the first of these.
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              get();
              return trace.isDone();
            });
    assertThat(trace.get())
        .contains("state CLOSED -> SYN_RECEIVED", "state SYN_RECEIVED -> ESTABLISHED")
        .contains("< [S] seq 0", "> [S.] seq 0 ack 1", "closed, NORMAL")
        .containsPattern("> \\[P?\\.] seq 1:\\d+ ack");
  }

  @Test
  void noConnectionIsSaid() {
    assertThat(run(1, "trace", "--remote", "10.99.99.99", "--seconds", "1"))
        .contains("no such connection was there in 1 s");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"remote": "10.0.0"}     | not an IPv4 address: 10.0.0
          {"remotePort": 70000}    | remotePort is a whole number from 0 to 65535
          {"events": 0}            | events is a whole number from 1 to 65536
          {"peer": "10.0.0.1"}     | is no parameter of a trace
          [1]                      | a trace is asked for by a JSON object
          {                        | That is not JSON
          """)
  void whatIsWrongIsNamed(String body, String message) throws Exception {
    HttpResponse<String> answer = api("POST", "/api/trace", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(message);
  }

  @Test
  void tracesAreBoundedAndEnd() throws Exception {
    for (int i = 0; i < 16; i++) {
      assertThat(api("POST", "/api/trace", "{\"remotePort\": 1}").statusCode()).isEqualTo(200);
    }
    HttpResponse<String> refused = api("POST", "/api/trace", "");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("at most 16 connections");
    assertThat(api("DELETE", "/api/trace?trace=7", "").statusCode()).isEqualTo(200);
    assertThat(api("DELETE", "/api/trace?trace=7", "").statusCode()).isEqualTo(404);
    assertThat(api("GET", "/api/trace?trace=7", "").statusCode()).isEqualTo(404);
    await().until(() -> api("POST", "/api/trace", "").statusCode() == 200);
  }

  @Test
  void countersAreNamed() throws Exception {
    get();
    String table = run(0, "nstat");
    assertThat(table).containsPattern("SEGMENTS_IN +[1-9]\\d* +TcpInSegs");
    assertThat(table).doesNotContain("MALFORMED_SEGMENTS");
    assertThat(run(0, "nstat", "-z")).containsPattern("MALFORMED_SEGMENTS +0");
    JsonNode json = new ObjectMapper().readTree(run(0, "nstat", "--json"));
    assertThat(json.path("counters").size()).isGreaterThan(50);
    assertThat(run(2, "nstat", "--interval", "-1")).contains("from 0 to 3600");
  }
}
