package dev.twinpath.server.path;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.http.HttpInitializer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTP through the gateway: the same bytes, whatever the client does with its connection. */
class GatewayTest {
  private static final int PATIENCE_MILLIS = 20_000;

  @TempDir Path root;

  private final byte[] medium = new byte[3_000_000];
  private GatewayFixture server;
  private InetSocketAddress address;

  @BeforeEach
  void start() throws IOException {
    new Random(11).nextBytes(medium);
    Files.write(root.resolve("medium.bin"), medium);
    Files.writeString(root.resolve("small.txt"), "small");
    server = new GatewayFixture(KernelTransport.NIO, root, FtpLimits.DEFAULTS);
    address =
        server.serve(
            Service.HTTP,
            new HttpInitializer(server.context(), server.kernel()),
            new HttpInitializer(server.context(), server.user()));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + address.getPort() + path);
  }

  private Socket connect(int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(address);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static byte[] body(byte[] response) {
    String text = new String(response, ISO_8859_1);
    return Arrays.copyOfRange(response, text.indexOf("\r\n\r\n") + 4, response.length);
  }

  private double copied(String stage) {
    String series = "twinpath_copied_bytes_total{path=\"userstack\",stage=\"" + stage + "\"} ";
    return new String(server.context().metrics().scrape("text/plain").body(), UTF_8)
        .lines()
        .filter(line -> line.startsWith(series))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
        .sum();
  }

  @Test
  void theSameBytesAndTheirPriceInCopies() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    long received = 0;
    for (int i = 0; i < 5; i++) {
      HttpResponse<byte[]> response =
          client.send(
              HttpRequest.newBuilder(uri("/medium.bin")).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(response.body()).isEqualTo(medium);
      received += response.body().length;
    }
    assertThat(copied("gateway_out")).isBetween((double) received, received + 10_000.0);
    assertThat(copied("gateway_in")).isBetween(100.0, 10_000.0);
  }

  @Test
  void aClientMayCloseItsSideBehindItsRequest() throws IOException {
    try (Socket socket = connect(0)) {
      send(socket, "GET /medium.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      socket.shutdownOutput();
      assertThat(body(socket.getInputStream().readAllBytes())).isEqualTo(medium);
    }
  }

  @Test
  void aClientThatResetsLeavesNothingBehind() throws IOException {
    for (int i = 0; i < 20; i++) {
      try (Socket socket = connect(4096)) {
        send(socket, "GET /medium.bin HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        socket.setSoLinger(true, 0);
      }
    }
    await()
        .untilAsserted(
            () -> {
              assertThat(server.gateway().relays()).isZero();
              assertThat(server.context().connections().count()).isZero();
            });
  }

  @Test
  void theServersAbortReachesTheClient() throws IOException {
    Path shrinking = root.resolve("shrinking");
    try (RandomAccessFile file = new RandomAccessFile(shrinking.toFile(), "rw")) {
      file.setLength(256L << 20);
    }
    try (Socket socket = connect(16 * 1024)) {
      send(socket, "GET /shrinking HTTP/1.1\r\nHost: x\r\n\r\n");
      InputStream in = socket.getInputStream();
      assertThat(in.readNBytes(100_000)).hasSize(100_000);
      try (RandomAccessFile file = new RandomAccessFile(shrinking.toFile(), "rw")) {
        file.setLength(1000);
      }
      assertThatThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()))
          .isInstanceOf(SocketException.class);
    }
  }

  /** What has left the server for a client that does not read stays within windows and buffers. */
  @Test
  void aSlowReaderHoldsLittleMemory() throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(root.resolve("long").toFile(), "rw")) {
      file.setLength(128L << 20);
    }
    try (Socket socket = connect(0)) {
      send(socket, "GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      InputStream in = socket.getInputStream();
      assertThat(in.read()).isEqualTo('H');
      double[] before = {-1};
      await()
          .pollInterval(300, TimeUnit.MILLISECONDS)
          .until(
              () -> {
                double now = copied("gateway_out");
                boolean still = now == before[0];
                before[0] = now;
                return still;
              });
      assertThat(before[0]).isLessThan(16 << 20);
      assertThat(in.transferTo(OutputStream.nullOutputStream())).isGreaterThan(128L << 20);
    }
  }

  /** Connections that are there stay on their path; new ones take the other; none is lost. */
  @Test
  void flippingThePathUnderLoadLosesNothing() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService clients = Executors.newFixedThreadPool(6);
    try {
      List<Future<Integer>> running = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        boolean keepAlive = i % 2 == 0;
        running.add(clients.submit(() -> keepAlive ? onOne(stop) : onMany(stop)));
      }
      for (int flip = 0; flip < 40; flip++) {
        server.context().paths().activate(DataPath.values()[flip % 2]);
        try (Socket socket = connect(0)) {
          send(socket, "GET /medium.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
          assertThat(body(socket.getInputStream().readAllBytes())).isEqualTo(medium);
        }
      }
      stop.set(true);
      int requests = 0;
      for (Future<Integer> client : running) {
        requests += client.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      }
      assertThat(requests).isGreaterThan(40);
    } finally {
      stop.set(true);
      clients.shutdownNow();
    }
    await().untilAsserted(() -> assertThat(server.gateway().relays()).isZero());
  }

  private int onOne(AtomicBoolean stop) throws IOException {
    int requests = 0;
    try (Socket socket = connect(0)) {
      InputStream in = socket.getInputStream();
      while (!stop.get()) {
        send(socket, "GET /small.txt HTTP/1.1\r\nHost: x\r\n\r\n");
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        while (!response.toString(UTF_8).endsWith("\r\n\r\nsmall")) {
          int octet = in.read();
          assertThat(octet).isNotNegative();
          response.write(octet);
        }
        requests++;
      }
    }
    return requests;
  }

  private int onMany(AtomicBoolean stop) throws IOException {
    int requests = 0;
    while (!stop.get()) {
      try (Socket socket = connect(0)) {
        send(socket, "GET /small.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertThat(body(socket.getInputStream().readAllBytes())).asString().isEqualTo("small");
      }
      requests++;
    }
    return requests;
  }
}
