package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.TwinpathServer;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.net.ProtocolCommandEvent;
import org.apache.commons.net.ProtocolCommandListener;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code /metrics} says is, to the byte and to the request, what a client counted. */
class MetricsAgreementTest {
  private static final String COUNT = "http_server_request_duration_seconds_count";
  private static final String BODY = "http_server_response_body_bytes_total";
  private static final int SMALL = 1_000;
  private static final int LARGE = 3 * 1024 * 1024 + 17;

  @TempDir private Path root;

  /** Each kernel transport on the sendfile path, and the user path through the gateway. */
  static Stream<Arguments> ways() {
    return Stream.concat(
        Arrays.stream(KernelTransport.values())
            .filter(KernelTransport::available)
            .map(transport -> Arguments.of(DataPath.SENDFILE, transport.label())),
        Stream.of(Arguments.of(DataPath.USERSTACK, "auto")));
  }

  @BeforeEach
  void makeFiles() throws IOException {
    Files.write(root.resolve("small"), new byte[SMALL]);
    Files.write(root.resolve("large"), new byte[LARGE]);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void http(DataPath path, String transport) throws Exception {
    try (TwinpathServer server = start(path, transport);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      String base = "http://127.0.0.1:" + server.httpAddress().getPort();
      Tally tally = new Tally(client);
      for (int i = 0; i < 40; i++) {
        tally.get(base + "/small", 200);
      }
      for (int i = 0; i < 7; i++) {
        tally.get(base + "/large", 200);
      }
      tally.get(base + "/missing", 404);
      tally.get(base + "/large", 206, "Range", "bytes=100-299");
      tally.get(base + "/large", 206, "Range", "bytes=" + (LARGE - 5) + "-");
      tally.get(base + "/large", 206, "Range", "bytes=-10");
      tally.get(base + "/large", 416, "Range", "bytes=" + LARGE + "-");
      tally.head(base + "/large");
      client.close();

      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                Samples samples = scrape(server);
                assertThat(samples.sum(COUNT, "path", path.label()))
                    .isEqualTo((double) tally.requests);
                assertThat(samples.sum(BODY, "path", path.label())).isEqualTo((double) tally.bytes);
                assertThat(samples.sum("twinpath_connections", "protocol", "http")).isZero();
              });
      Samples samples = scrape(server);
      tally.byStatusClass.forEach(
          (statusClass, count) ->
              assertThat(samples.sum(COUNT, "method", "GET", "status_class", statusClass))
                  .isEqualTo(count.doubleValue()));
      assertThat(samples.sum(COUNT, "method", "HEAD")).isEqualTo(1);
      assertThat(samples.sum(COUNT, "protocol", "http/1.1")).isEqualTo((double) tally.requests);
      assertThat(samples.sum("http_server_time_to_first_byte_seconds_count", "path", path.label()))
          .isEqualTo((double) tally.requests);
      assertThat(samples.sum("http_server_active_requests")).isZero();
      assertThat(samples.sum("twinpath_range_requests_total", "result", "partial")).isEqualTo(3);
      assertThat(samples.sum("twinpath_range_requests_total", "result", "unsatisfiable"))
          .isEqualTo(1);
      assertThat(samples.sum("twinpath_range_requests_total", "kind", "suffix")).isEqualTo(1);
      assertThat(samples.sum("twinpath_connections_accepted_total", "protocol", "http"))
          .isEqualTo(samples.sum("twinpath_connections_closed_total", "protocol", "http"))
          .isPositive();
      assertThat(samples.sum(BODY)).isEqualTo(samples.sum(BODY, "path", path.label()));
      assertThat(samples.sum("twinpath_path_active", "path", path.label())).isEqualTo(1);
      checkCopies(path, samples, tally);
      double sum = samples.sum("http_server_request_duration_seconds_sum");
      assertThat(sum).isCloseTo(tally.seconds, within(tally.seconds));
      assertThat(sum).isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void ftp(DataPath path, String transport) throws Exception {
    try (TwinpathServer server = start(path, transport)) {
      Map<String, Integer> replies = new TreeMap<>();
      FTPClient client = new FTPClient();
      client.addProtocolCommandListener(new ReplyTally(replies));
      client.connect("127.0.0.1", server.ftpAddress().orElseThrow().getPort());
      long bytes = 0;
      client.login("anonymous", "nobody@");
      client.setFileType(FTP.BINARY_FILE_TYPE);
      client.enterLocalPassiveMode();
      for (String name : new String[] {"small", "large", "large"}) {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        assertThat(client.retrieveFile(name, file)).isTrue();
        bytes += file.size();
      }
      client.setRestartOffset(LARGE - 100);
      ByteArrayOutputStream rest = new ByteArrayOutputStream();
      assertThat(client.retrieveFile("large", rest)).isTrue();
      bytes += rest.size();
      assertThat(client.retrieveFile("missing", rest)).isFalse();
      assertThat(scrape(server).sum("twinpath_ftp_sessions")).isEqualTo(1);
      client.logout();
      client.disconnect();

      long downloaded = bytes;
      assertThat(downloaded).isEqualTo(SMALL + 2L * LARGE + 100);
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> {
                Samples samples = scrape(server);
                assertThat(samples.sum("twinpath_ftp_sessions")).isZero();
                assertThat(samples.sum("twinpath_connections")).isZero();
              });
      Samples samples = scrape(server);
      assertThat(samples.sum("twinpath_ftp_transfer_bytes_total", "direction", "download"))
          .isEqualTo((double) downloaded);
      assertThat(
              samples.sum("twinpath_ftp_transfer_duration_seconds_count", "direction", "download"))
          .isEqualTo(4);
      replies.forEach(
          (reply, count) -> {
            String[] parts = reply.split(" ");
            assertThat(
                    samples.sum(
                        "twinpath_ftp_commands_total", "command", parts[0], "code", parts[1]))
                .as(reply)
                .isEqualTo(count.doubleValue());
          });
      assertThat(samples.sum("twinpath_ftp_commands_total"))
          .isEqualTo(replies.values().stream().mapToDouble(Integer::doubleValue).sum());
    }
  }

  /** A family that nobody registers would be missed only by whoever looks for it one day. */
  @Test
  void aRunningServerShowsTheWholeCatalogue() throws Exception {
    try (TwinpathServer server = start(DataPath.USERSTACK, "auto")) {
      Set<String> families = scrape(server).families();
      List<String> missing =
          MetricCatalogue.all().stream()
              .map(MetricDefinition::name)
              .filter(name -> !families.contains(name))
              .toList();
      // Commands appear when they were given.
      assertThat(missing).containsExactly(MetricCatalogue.FTP_COMMANDS.name());
    }
  }

  /** The zero-copy proof: of all these files, nothing was copied by what serves them. */
  private static void checkCopies(DataPath path, Samples samples, Tally tally) {
    String copied = "twinpath_copied_bytes_total";
    double byGateway = samples.sum(copied, "stage", "gateway_out");
    if (path == DataPath.SENDFILE) {
      // Besides the pages that the server made, the small file was read into memory, once.
      assertThat(samples.sum(copied, "stage", "content")).isEqualTo(SMALL);
      assertThat(samples.sum(copied)).isEqualTo(samples.sum(copied, "stage", "generated") + SMALL);
    } else {
      assertThat(byGateway).isGreaterThan(tally.bytes);
      assertThat(samples.sum(copied, "stage", "send_copy")).isPositive();
    }
    double bySmallThings =
        samples.sum(copied) - byGateway - samples.sum(copied, "stage", "gateway_in");
    // Heads, error pages and the like: less than 2 KiB a request.
    assertThat(bySmallThings).isLessThan(tally.requests * 2048.0);
  }

  private TwinpathServer start(DataPath path, String transport) throws Exception {
    return TwinpathServer.start(
        ServerConfig.builder(root)
            .anyPorts()
            .eventLoops(2)
            .initialPath(path)
            .transport(transport)
            .build());
  }

  private static Samples scrape(TwinpathServer server) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + server.adminAddress().getPort() + "/metrics");
      return new Samples(
          client
              .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
              .body());
    }
  }

  /** What an HTTP client saw. */
  private static final class Tally {
    private final HttpClient client;
    private final Map<String, Integer> byStatusClass = new TreeMap<>();
    private int requests;
    private long bytes;
    private double seconds;

    Tally(HttpClient client) {
      this.client = client;
    }

    void get(String uri, int status, String... headers) throws Exception {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri));
      if (headers.length > 0) {
        request.headers(headers);
      }
      byStatusClass.merge(send(request, status) / 100 + "xx", 1, Integer::sum);
    }

    void head(String uri) throws Exception {
      send(HttpRequest.newBuilder(URI.create(uri)).HEAD(), 200);
    }

    private int send(HttpRequest.Builder request, int status) throws Exception {
      long began = System.nanoTime();
      HttpResponse<byte[]> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      seconds += (System.nanoTime() - began) / 1e9;
      assertThat(response.statusCode()).isEqualTo(status);
      requests++;
      bytes += response.body().length;
      return status;
    }
  }

  /** Final replies by command, as an FTP client saw them. */
  private static final class ReplyTally implements ProtocolCommandListener {
    private final Map<String, Integer> replies;
    private String command;

    ReplyTally(Map<String, Integer> replies) {
      this.replies = replies;
    }

    @Override
    public void protocolCommandSent(ProtocolCommandEvent event) {
      command = event.getCommand();
    }

    @Override
    public void protocolReplyReceived(ProtocolCommandEvent event) {
      if (command != null && event.getReplyCode() >= 200) {
        replies.merge(command + " " + event.getReplyCode(), 1, Integer::sum);
      }
    }
  }
}
