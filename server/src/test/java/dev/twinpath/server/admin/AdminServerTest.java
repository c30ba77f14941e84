package dev.twinpath.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.server.metrics.BodyMode;
import dev.twinpath.server.metrics.CpuMeters;
import dev.twinpath.server.metrics.HttpProtocol;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.RequestMethod;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private final FakeContext context = new FakeContext();
  private final ServerMetrics metrics = new ServerMetrics();
  private final HttpClient client = HttpClient.newHttpClient();
  private AdminServer admin;

  @BeforeEach
  void start() throws IOException {
    CpuMeters.bind(metrics);
    metrics.recorder(DataPath.SENDFILE, 0);
    admin = AdminServer.start(0, context, metrics);
  }

  @AfterEach
  void stop() {
    admin.close();
    metrics.close();
    client.close();
  }

  @Test
  void itListensOnTheLoopbackOnly() {
    assertThat(admin.address().getAddress().isLoopbackAddress()).isTrue();
  }

  @Test
  void aPortInUseIsNamed() {
    assertThatThrownBy(() -> AdminServer.start(admin.address().getPort(), context, metrics))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("admin port " + admin.address().getPort());
  }

  @Test
  void metricsComeInTheFormatThatIsAskedFor() throws Exception {
    HttpResponse<String> text = send(request("/metrics").GET());
    assertThat(text.headers().firstValue("content-type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(text.body()).contains("# TYPE http_server_request_duration_seconds histogram");

    HttpResponse<String> open =
        send(request("/metrics").header("Accept", "application/openmetrics-text").GET());
    assertThat(open.headers().firstValue("content-type").orElseThrow())
        .startsWith("application/openmetrics-text; version=1.0.0");
    assertThat(open.body()).endsWith("# EOF\n");
  }

  @Test
  void readinessNamesWhatIsMissing() throws Exception {
    assertThat(send(request("/healthz").GET()).statusCode()).isEqualTo(200);
    assertThat(send(request("/readyz").GET()).statusCode()).isEqualTo(200);
    context.notReady.add("draining: 2 transfers are under way");
    HttpResponse<String> notReady = send(request("/readyz").GET());
    assertThat(notReady.statusCode()).isEqualTo(503);
    assertThat(notReady.body()).contains("draining: 2 transfers are under way");
    assertThat(send(request("/healthz").GET()).statusCode()).isEqualTo(200);
  }

  @Test
  void thePathFlips() throws Exception {
    assertThat(json(request("/api/path").GET()).get("active").asText()).isEqualTo("sendfile");
    HttpResponse<String> flipped = send(change("/api/path", "{\"path\":\"userstack\"}"));
    assertThat(flipped.statusCode()).isEqualTo(200);
    assertThat(context.active).isEqualTo(DataPath.USERSTACK);
    assertThat(context.flips).singleElement().asString().startsWith("userstack by /127.0.0.1:");

    HttpResponse<String> back =
        send(
            request("/api/path?path=sendfile")
                .header("X-Twinpath", "1")
                .POST(HttpRequest.BodyPublishers.noBody()));
    assertThat(back.statusCode()).isEqualTo(200);
    assertThat(context.active).isEqualTo(DataPath.SENDFILE);
  }

  @Test
  void badNamesAndMissingPathsAreRefusedInWords() throws Exception {
    assertThat(send(change("/api/path", "{\"path\":\"carrier-pigeon\"}")).statusCode())
        .isEqualTo(400);
    assertThat(send(change("/api/path", "{\"path\":")).statusCode()).isEqualTo(400);
    assertThat(send(change("/api/path", "")).statusCode()).isEqualTo(400);
    context.userstackUnavailable = Optional.of("the wire tap:tp0 needs root");
    HttpResponse<String> conflict = send(change("/api/path", "{\"path\":\"userstack\"}"));
    assertThat(conflict.statusCode()).isEqualTo(409);
    assertThat(conflict.body()).contains("the wire tap:tp0 needs root");
    assertThat(json(request("/api/path").GET()).get("available").get("userstack").asText())
        .isEqualTo("the wire tap:tp0 needs root");
    assertThat(context.flips).isEmpty();
  }

  @Test
  void foreignPagesCannotFlip() throws Exception {
    String body = "{\"path\":\"userstack\"}";
    String length = "Content-Length: " + body.length() + "\r\n";
    String json = "Content-Type: application/json\r\n";
    // A form, or fetch without a preflight.
    assertThat(status("PUT", "127.0.0.1", length + "Content-Type: text/plain\r\n", body))
        .isEqualTo(403);
    // A page whose name was made to resolve to us.
    assertThat(status("PUT", "evil.example:9090", length + json, body)).isEqualTo(403);
    // A page of another origin that got past the preflight somehow.
    assertThat(status("PUT", "127.0.0.1", length + json + "Origin: http://evil.example\r\n", body))
        .isEqualTo(403);
    assertThat(status("PUT", "127.0.0.1", length + json + "Sec-Fetch-Site: cross-site\r\n", body))
        .isEqualTo(403);
    assertThat(context.flips).isEmpty();
    // Our own page.
    assertThat(
            status(
                "PUT",
                "127.0.0.1:9090",
                length + json + "Origin: http://127.0.0.1:9090\r\nSec-Fetch-Site: same-origin\r\n",
                body))
        .isEqualTo(200);
  }

  @Test
  void aHostIsAnAddressOrLocalhost() {
    assertThat(
            List.of("localhost", "LOCALHOST:9090", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:9"))
        .allMatch(RequestGuard::isAddressOrLocalhost);
    assertThat(
            List.of("", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1"))
        .noneMatch(RequestGuard::isAddressOrLocalhost);
    assertThat(List.of("127.0.0.1:", "127.0.0.1:a", "[evil]", "::1", "[::1]x", "1.2.3"))
        .noneMatch(RequestGuard::isAddressOrLocalhost);
  }

  @Test
  void wrongPathsAndMethodsAreExplained() throws Exception {
    HttpResponse<String> nothing = send(request("/nothing").GET());
    assertThat(nothing.statusCode()).isEqualTo(404);
    assertThat(nothing.body()).contains("/metrics");
    HttpResponse<String> method = send(change("/metrics", "{}"));
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.headers().firstValue("allow")).contains("GET, HEAD");
  }

  @Test
  void headHasTheLengthAndNoBody() throws Exception {
    HttpResponse<String> head =
        send(request("/").method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("content-length").orElseThrow()).isPositive();
    assertThat(head.body()).isEmpty();
  }

  @Test
  void thePageComesWithAPolicyAndNoOutsideResource() throws Exception {
    HttpResponse<String> page = send(request("/").GET());
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .contains("default-src 'none'");
    assertThat(page.body()).contains("/api/live").doesNotContain("https://");
    assertThat(page.body()).doesNotContainPattern("(href|src)=\"(?!/|data:)");
  }

  @Test
  void connectionsAreShown() throws Exception {
    context.connections = List.of(Map.of("state", "ESTABLISHED", "local", "10.0.0.2:8080"));
    JsonNode connections = json(request("/api/connections").GET()).get("connections");
    assertThat(connections.get(0).get("state").asText()).isEqualTo("ESTABLISHED");
    JsonNode all = json(request("/api/connections?all=1").GET());
    assertThat(all.path("connections")).hasSize(1);
    assertThat(all.path("listeners").get(0).path("local").asText()).isEqualTo("*:8080");
  }

  @Test
  void aLiveSampleHoldsBothPaths() throws Exception {
    LoopRecorder recorder = metrics.recorder(DataPath.USERSTACK, 0);
    recorder.requestStarted();
    recorder.bodyBytes(BodyMode.MAPPED, 1 << 20);
    recorder.requestCompleted(RequestMethod.GET, 200, HttpProtocol.HTTP_1_1, 300_000);
    JsonNode sample = json(request("/api/live").GET());
    JsonNode userstack = sample.get("paths").get("userstack");
    assertThat(userstack.get("requests").asLong()).isEqualTo(1);
    assertThat(userstack.get("requestBuckets").get(4).asLong()).isEqualTo(1);
    assertThat(userstack.get("bodyBytes").get("mapped").asLong()).isEqualTo(1 << 20);
    assertThat(sample.get("paths").get("sendfile").get("requests").asLong()).isZero();
    assertThat(sample.get("bucketUpperBoundsSeconds")).hasSize(18);
    assertThat(sample.get("sharedCpuSeconds").get("admin").asDouble()).isPositive();
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    String requests =
        "GET /api/connections HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    String answers = raw(requests);
    assertThat(answers.indexOf("connections")).isPositive().isLessThan(answers.indexOf("live"));
  }

  @Test
  void nonsenseIsAnsweredAndTheServerGoesOn() throws Exception {
    assertThat(raw("\u0001\u0002 nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(raw("GET /healthz HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400");
    assertThat(raw("PUT /api/path HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n"))
        .startsWith("HTTP/1.1 413");
    assertThat(send(request("/healthz").GET()).statusCode()).isEqualTo(200);
  }

  private int status(String method, String host, String headers, String body) throws IOException {
    String head = method + " /api/path HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n";
    return Integer.parseInt(raw(head + headers + "\r\n" + body).substring(9, 12));
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(admin.address().getAddress(), admin.address().getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + admin.address().getPort() + path));
  }

  private HttpRequest.Builder change(String path, String body) {
    return request(path)
        .header("Content-Type", "application/json")
        .PUT(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode json(HttpRequest.Builder request) throws IOException, InterruptedException {
    return new ObjectMapper().readTree(send(request).body());
  }
}
