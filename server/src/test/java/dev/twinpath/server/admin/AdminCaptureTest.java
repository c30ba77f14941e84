package dev.twinpath.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.capture.Captures;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.PcapngFile;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code GET /capture}, with a test in the place of a queue. */
@Timeout(120)
class AdminCaptureTest {
  private final FakeContext context = new FakeContext();
  private final ServerMetrics metrics = new ServerMetrics();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Arena arena = Arena.ofShared();
  private final long frame = arena.allocate(2048).address();
  private AdminServer admin;

  @BeforeEach
  void start() throws IOException {
    admin = AdminServer.start(0, context, metrics);
  }

  @AfterEach
  void stop() {
    admin.close();
    await().until(() -> context.captures.running() == 0);
    context.captures.close();
    metrics.close();
    client.close();
    arena.close();
  }

  private void udp(int port, int payload) {
    int length = Packets.udp4(frame, port, payload, Packets.PEER_MAC) + payload;
    context.point.incoming(frame, length);
  }

  private HttpRequest request(String query) {
    URI uri = URI.create("http://127.0.0.1:" + admin.address().getPort() + "/capture" + query);
    return HttpRequest.newBuilder(uri).build();
  }

  private CompletableFuture<HttpResponse<byte[]>> capture(String query) {
    int before = context.captures.running();
    CompletableFuture<HttpResponse<byte[]>> response =
        client.sendAsync(request(query), HttpResponse.BodyHandlers.ofByteArray());
    await().until(() -> context.captures.running() > before);
    return response;
  }

  private Socket raw(String request) throws IOException {
    Socket socket = new Socket(admin.address().getAddress(), admin.address().getPort());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void streamsWhatFitsUntilTheLimit() throws Exception {
    var response = capture("?filter=udp%20port%2053&packets=3&snaplen=50");
    for (int i = 0; i < 5; i++) {
      udp(53, 100);
      udp(54, 100);
    }
    assertThat(response.get().statusCode()).isEqualTo(200);
    assertThat(response.get().headers().firstValue("content-type"))
        .contains("application/x-pcapng");
    PcapngFile file = new PcapngFile(response.get().body());
    assertThat(file.interfaces.get(0).filter()).isEqualTo("udp port 53");
    assertThat(file.packets).hasSize(3).allMatch(packet -> packet.bytes().length == 50);
    assertThat(file.statistics).hasSize(1);
    assertThat(context.point.isOn()).isFalse();
  }

  @Test
  void endsAfterItsTime() throws Exception {
    var response = capture("?seconds=1");
    udp(53, 10);
    assertThat(new PcapngFile(response.get().body()).packets).hasSize(1);
  }

  @Test
  void saysWhatIsWrongWithARequest() throws Exception {
    assertThat(refused("?filter=host%20example.org", 400)).contains("column 6", "not looked up");
    assertThat(refused("?snaplen=x", 400)).contains("snaplen is a whole number");
    assertThat(refused("?packets=0", 400)).contains("packets");
    assertThat(refused("?seconds=-1", 400)).contains("seconds");
    assertThat(refused("?count=1", 400)).contains("'count' is no parameter", "packets");
    assertThat(context.captures.running()).isZero();
  }

  private String refused(String query, int status) throws Exception {
    HttpResponse<String> response =
        client.send(request(query), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).isEqualTo(status);
    return response.body();
  }

  @Test
  void isBusyWhenTooManyRun() throws Exception {
    List<CompletableFuture<HttpResponse<byte[]>>> running = new ArrayList<>();
    for (int i = 0; i < Captures.MAX; i++) {
      running.add(capture("?packets=1"));
    }
    assertThat(refused("", 503)).contains("run already");
    udp(53, 10);
    for (CompletableFuture<HttpResponse<byte[]>> each : running) {
      assertThat(new PcapngFile(each.get().body()).packets).hasSize(1);
    }
  }

  @Test
  void aClientThatGoesEndsItsCapture() throws Exception {
    try (Socket socket = raw("GET /capture HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      assertThat(context.point.isOn()).isTrue();
      // With data unread, closing sends a reset.
    }
    await().until(() -> context.captures.running() == 0);
    assertThat(context.point.isOn()).isFalse();
  }

  @Test
  void aClientThatClosesItsSideGetsTheRest() throws Exception {
    try (Socket socket = raw("GET /capture HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isEqualTo('H');
      udp(53, 10);
      udp(53, 10);
      socket.shutdownOutput();
      String all = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(all).contains("transfer-encoding: chunked");
      assertThat(all).endsWith("0\r\nX-Twinpath-Captured: 2\r\nX-Twinpath-Dropped: 0\r\n\r\n");
    }
  }

  @Test
  void anOldClientGetsTheBytesAlone() throws Exception {
    try (Socket socket = raw("GET /capture?packets=2 HTTP/1.0\r\n\r\n")) {
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isEqualTo('H');
      udp(53, 10);
      udp(53, 10);
      byte[] all = in.readAllBytes();
      String text = new String(all, StandardCharsets.ISO_8859_1);
      assertThat(text).doesNotContain("chunked");
      int body = text.indexOf("\r\n\r\n") + 4;
      assertThat(new PcapngFile(java.util.Arrays.copyOfRange(all, body, all.length)).packets)
          .hasSize(2);
    }
  }

  @Test
  void theNextRequestWaitsForItsTurn() throws Exception {
    String next = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (Socket socket = raw("GET /capture?packets=1 HTTP/1.1\r\nHost: localhost\r\n\r\n" + next)) {
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isEqualTo('H');
      udp(53, 10);
      String all = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(all.indexOf("X-Twinpath-Captured: 1\r\n"))
          .isPositive()
          .isLessThan(all.indexOf("\"status\" : \"live\""));
    }
  }

  @Test
  void aHeadCapturesNothing() throws Exception {
    String head = "HEAD /capture HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (Socket socket = raw(head)) {
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(all).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
    }
    await().until(() -> context.captures.running() == 0);
  }

  @Test
  void foreignPagesCannotCapture() throws Exception {
    for (String header :
        new String[] {"Sec-Fetch-Site: cross-site", "Origin: http://evil.example"}) {
      String request =
          "GET /capture HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\nConnection: close\r\n\r\n";
      try (Socket socket = raw(request)) {
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
            .isEqualTo("HTTP/1.1 403");
      }
    }
    assertThat(context.captures.running()).isZero();
  }

  @Test
  void aSlowClientCostsCapturedFramesOnly() throws Exception {
    try (Socket socket = raw("GET /capture?seconds=1000 HTTP/1.0\r\n\r\n")) {
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isEqualTo('H');
      // Nobody reads: what the sockets and the ring hold is full after some time.
      long frames = 0;
      while (context.point.dropped() == 0) {
        udp(53, 1400);
        frames++;
        assertThat(frames).isLessThan(1_000_000);
      }
      socket.shutdownOutput();
      byte[] all = in.readAllBytes();
      int body = new String(all, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
      PcapngFile file = new PcapngFile(java.util.Arrays.copyOfRange(all, body, all.length));
      assertThat(file.packets.size() + file.statistics.get(0).dropped()).isEqualTo(frames);
    }
  }

  @Test
  void patienceEnds() {
    CaptureBody body = new CaptureBody(TimeUnit.MILLISECONDS.toNanos(10));
    assertThatThrownBy(() -> body.write(ByteBuffer.allocate(10)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("reads nothing");
    assertThat(body.isOpen()).isFalse();
  }
}
