package dev.twinpath.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.server.TwinpathServer;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.http.RawClient.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

/**
 * What HTTP clients may rely on, on every transport of the kernel path and on the user path. The
 * tables are in {@code http-*.csv} beside this class.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HttpContract {
  private Path directory;
  private TwinpathServer server;

  /** The settings of the path or transport under test. */
  abstract ServerConfig.Builder settings(ServerConfig.Builder defaults);

  @BeforeAll
  void start(@TempDir Path fresh) throws Exception {
    directory = fresh;
    Path root = HttpSite.create(directory);
    server = TwinpathServer.start(config(root));
  }

  private ServerConfig config(Path root) {
    return settings(
            ServerConfig.builder(root).anyPorts().eventLoops(1).drain(Duration.ofSeconds(1)))
        .build();
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private RawClient client() throws IOException {
    return new RawClient(server.httpAddress());
  }

  // ---- tables

  @ParameterizedTest(name = "{0}")
  @CsvFileSource(
      resources = "http-targets.csv",
      delimiter = '|',
      quoteCharacter = '~',
      numLinesToSkip = 1)
  void target(String target, int status, String header, String value) throws IOException {
    try (RawClient client = client()) {
      Response response = client.get(target).readResponse();
      assertThat(response.status()).isEqualTo(status);
      if (header != null) {
        assertThat(response.header(header)).isEqualTo(value);
      }
      assertThat(response.text()).doesNotContain("secret").doesNotContain("hidden");
      assertUsable(client);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvFileSource(
      resources = "http-conditions.csv",
      delimiter = '|',
      quoteCharacter = '~',
      numLinesToSkip = 1)
  void condition(int status, String fields, String contentRange, String body) throws IOException {
    String tag;
    try (RawClient client = client()) {
      tag = client.get("/a.txt").readResponse().header("ETag");
      String[] lines =
          fields.replace("$TAG", tag).replace("$DATE", HttpSite.MODIFIED_DATE).split(" ;; ", -1);
      Response response = client.get("/a.txt", lines).readResponse();
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.header("Content-Range")).isEqualTo(contentRange);
      if (status == 200 || status == 206) {
        assertThat(response.text()).isEqualTo(body == null ? HttpSite.LETTERS : body);
      }
      if (status == 200 || status == 206 || status == 304) {
        assertThat(response.header("ETag")).isEqualTo(tag);
        assertThat(response.header("Last-Modified")).isEqualTo(HttpSite.MODIFIED_DATE);
      }
      assertUsable(client);
    }
  }

  /**
   * Text with backslash escapes for CR, LF, TAB and NUL; the connection must end with the answer.
   */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvFileSource(
      resources = "http-refused.csv",
      delimiter = '|',
      quoteCharacter = '~',
      numLinesToSkip = 1)
  void refused(int status, String request) throws IOException {
    try (RawClient client = client()) {
      client.send(unescape(request));
      Response response = client.readResponse();
      assertThat(response.status()).isEqualTo(status);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
    try (RawClient next = client()) {
      assertUsable(next);
    }
  }

  static String unescape(String text) {
    return text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
  }

  private static void assertUsable(RawClient client) throws IOException {
    assertThat(client.get("/a.txt").readResponse().text()).isEqualTo(HttpSite.LETTERS);
  }

  // ---- methods

  @Test
  void headHasTheHeadersOfGetAndNoBody() throws IOException {
    for (String target : List.of("/a.txt", "/big.bin", "/dir/", "/list/", "/nope", "/dir")) {
      try (RawClient client = client()) {
        Response get = client.get(target).readResponse();
        Response head = client.request("HEAD", target).readResponse(true);
        assertThat(head.status()).isEqualTo(get.status());
        get.headers().remove("date");
        head.headers().remove("date");
        assertThat(head.headers()).isEqualTo(get.headers());
        assertUsable(client);
      }
    }
  }

  @Test
  void headIgnoresRange() throws IOException {
    try (RawClient client = client()) {
      Response head = client.request("HEAD", "/a.txt", "Range: bytes=0-1").readResponse(true);
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Length")).isEqualTo("26");
    }
  }

  @Test
  void otherMethodsAreNamedAsNotAllowedOrNotImplemented() throws IOException {
    try (RawClient client = client()) {
      for (String method :
          List.of("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT")) {
        Response response = client.request(method, "/a.txt").readResponse();
        assertThat(response.status()).as(method).isEqualTo(405);
        assertThat(response.header("Allow")).isEqualTo("GET, HEAD");
      }
      for (String method : List.of("get", "FOO", "GETS", "M-SEARCH")) {
        assertThat(client.request(method, "/a.txt").readResponse().status())
            .as(method)
            .isEqualTo(501);
      }
      assertUsable(client);
    }
  }

  // ---- representations

  @Test
  void aFileIsDescribedWhole() throws IOException {
    try (RawClient client = client()) {
      Response response = client.get("/a.txt").readResponse();
      assertThat(response.headers().keySet())
          .containsExactlyInAnyOrder(
              "server",
              "date",
              "content-type",
              "content-length",
              "last-modified",
              "etag",
              "accept-ranges");
      assertThat(response.header("Last-Modified")).isEqualTo(HttpSite.MODIFIED_DATE);
      assertThat(response.header("ETag")).matches("\"[0-9a-f.-]+\"");
      assertThat(HttpDate.parse(response.header("Date")).isPresent()).isTrue();
    }
  }

  @Test
  void aBigFileComesWholeAndInParts() throws IOException {
    byte[] big = HttpSite.bytes(HttpSite.BIG_BYTES, 1);
    try (RawClient client = client()) {
      assertThat(client.get("/big.bin").readResponse().body()).isEqualTo(big);
      Response part = client.get("/big.bin", "Range: bytes=1000001-2000000").readResponse();
      assertThat(part.status()).isEqualTo(206);
      assertThat(part.header("Content-Range")).isEqualTo("bytes 1000001-2000000/3000000");
      assertThat(part.body()).isEqualTo(java.util.Arrays.copyOfRange(big, 1000001, 2000001));
      assertUsable(client);
    }
  }

  @Test
  void anEmptyFileIsEmptyAndDoesNotHang() throws IOException {
    try (RawClient client = client()) {
      for (int i = 0; i < 3; i++) {
        Response response = client.get("/empty.txt").readResponse();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Length")).isEqualTo("0");
      }
      Response range = client.get("/empty.txt", "Range: bytes=0-").readResponse();
      assertThat(range.status()).isEqualTo(416);
      assertThat(range.header("Content-Range")).isEqualTo("bytes */0");
      assertUsable(client);
    }
  }

  @Test
  void namesInOtherScriptsWork() throws IOException {
    try (RawClient client = client()) {
      assertThat(client.get("/space%20name.txt").readResponse().text()).isEqualTo("space");
      assertThat(client.get("/plus+percent%25.txt").readResponse().text()).isEqualTo("plus");
    }
  }

  @Test
  void aListingIsEscaped() throws IOException {
    try (RawClient client = client()) {
      Response response = client.get("/list/").readResponse();
      assertThat(response.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
      assertThat(response.text())
          .contains("href=\"./deep/\"")
          .contains("href=\"./%3Cb%3E&amp;%22&#39;.txt\"")
          .contains("&lt;b&gt;&amp;&quot;&#39;.txt")
          .doesNotContain("<b>");
      String root = client.get("/").readResponse().text();
      assertThat(root).contains("a.txt").doesNotContain(".hidden").doesNotContain("out-link");
    }
  }

  // ---- connections

  @Test
  void oneConnectionServesManyRequests() throws IOException {
    try (RawClient client = client()) {
      for (int i = 0; i < 500; i++) {
        assertThat(client.get("/many/" + i % 50 + ".txt").readResponse().text())
            .isEqualTo("file " + i % 50);
      }
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    StringBuilder requests = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      String target = i % 7 == 3 ? "/nope" : i % 11 == 5 ? "/big.bin" : "/many/" + i % 50 + ".txt";
      requests.append("GET ").append(target).append(" HTTP/1.1\r\nHost: test\r\n\r\n");
      expected.add(target);
    }
    try (RawClient client = client()) {
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.send(requests.toString());
                    } catch (IOException e) {
                      // The reader will notice.
                    }
                  });
      for (String target : expected) {
        Response response = client.readResponse();
        if (target.equals("/nope")) {
          assertThat(response.status()).isEqualTo(404);
        } else if (target.equals("/big.bin")) {
          assertThat(response.body()).hasSize(HttpSite.BIG_BYTES);
        } else {
          String number = target.replaceAll("\\D", "");
          assertThat(response.text()).isEqualTo("file " + number);
        }
      }
      writer.interrupt();
    }
  }

  @Test
  void aHeadMayComeByteByByte() throws IOException {
    try (RawClient client = client()) {
      for (byte b :
          "\r\nGET /a.txt HTTP/1.1\r\nHost: t\r\nX-Y: z\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII)) {
        client.send(new byte[] {b});
      }
      assertThat(client.readResponse().text()).isEqualTo(HttpSite.LETTERS);
      assertUsable(client);
    }
  }

  @Test
  void http10ClosesUnlessAskedToStay() throws IOException {
    try (RawClient client = client()) {
      Response response = client.send("GET /a.txt HTTP/1.0\r\n\r\n").readResponse();
      assertThat(response.text()).isEqualTo(HttpSite.LETTERS);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
    try (RawClient client = client()) {
      String request = "GET /a.txt HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
      assertThat(client.send(request).readResponse().header("Connection")).isEqualTo("keep-alive");
      assertUsable(client);
    }
  }

  @Test
  void connectionCloseIsHonoured() throws IOException {
    try (RawClient client = client()) {
      Response response = client.get("/big.bin", "Connection: foo, CLOSE").readResponse();
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(response.body()).hasSize(HttpSite.BIG_BYTES);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void aClientMayCloseItsSideAfterItsLastRequest() throws IOException {
    try (RawClient client = client()) {
      client.get("/big.bin").get("/a.txt").shutdownOutput();
      assertThat(client.readResponse().body()).hasSize(HttpSite.BIG_BYTES);
      assertThat(client.readResponse().text()).isEqualTo(HttpSite.LETTERS);
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void theBodyOfAGetIsReadAndThrownAway() throws IOException {
    try (RawClient client = client()) {
      client.get("/a.txt", "Content-Length: 100000");
      client.send("GET /nope HTTP/1.1\r\n".repeat(5000).substring(0, 100_000));
      assertThat(client.readResponse().text()).isEqualTo(HttpSite.LETTERS);
      assertUsable(client);
    }
  }

  @Test
  void aBodyOfUnknownLengthEndsTheConnection() throws IOException {
    try (RawClient client = client()) {
      client.get("/a.txt", "Transfer-Encoding: chunked").send("5\r\nhello\r\n0\r\n\r\n");
      Response response = client.readResponse();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("Connection")).isEqualTo("close");
      assertThat(client.closed()).isTrue();
    }
  }

  @Test
  void anUploadIsRefusedWithoutResettingTheConnection() throws IOException {
    try (RawClient client = client()) {
      client.request("PUT", "/a.txt", "Content-Length: 500000").send(new byte[500_000]);
      assertThat(client.readResponse().status()).isEqualTo(405);
      assertUsable(client);
    }
    try (RawClient client = client()) {
      client.request("PUT", "/a.txt", "Content-Length: 2000000").send(new byte[300_000]);
      Response response = client.readResponse();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.header("Connection")).isEqualTo("close");
    }
  }

  @Test
  void expectationsAreAnsweredFinally() throws IOException {
    try (RawClient client = client()) {
      Response response =
          client
              .request("GET", "/a.txt", "Content-Length: 5", "Expect: 100-continue")
              .readResponse();
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.header("Connection")).isEqualTo("close");
    }
    try (RawClient client = client()) {
      assertThat(client.get("/a.txt", "Expect: wonders").readResponse().status()).isEqualTo(417);
      assertUsable(client);
    }
  }

  // ---- files that change

  @Test
  void aChangedFileIsSeenAtOnce() throws IOException {
    Path file = directory.resolve("root/changing.txt");
    Files.writeString(file, "one");
    try (RawClient client = client()) {
      Response one = client.get("/changing.txt").readResponse();
      assertThat(one.text()).isEqualTo("one");
      Files.writeString(file, "and two");
      Response two = client.get("/changing.txt").readResponse();
      assertThat(two.text()).isEqualTo("and two");
      assertThat(two.header("ETag")).isNotEqualTo(one.header("ETag"));
      Files.writeString(file, "");
      assertThat(client.get("/changing.txt").readResponse().text()).isEmpty();
      assertUsable(client);
    }
  }

  @Test
  void aReplacedFileIsSentOldAndWholeToWhomItWasPromised() throws IOException {
    byte[] old = HttpSite.bytes(20_000_000, 2);
    Path file = directory.resolve("root/replaced.bin");
    Files.write(file, old);
    try (RawClient client = client()) {
      client.get("/replaced.bin");
      byte[] first = client.read(1000);
      Path fresh = directory.resolve("root/fresh.bin");
      Files.writeString(fresh, "new");
      Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
      String head = new String(first, StandardCharsets.ISO_8859_1);
      int bodyStart = head.indexOf("\r\n\r\n") + 4;
      byte[] rest = client.read(old.length - (first.length - bodyStart));
      assertThat(
              java.util.Arrays.equals(
                  first, bodyStart, first.length, old, 0, first.length - bodyStart))
          .isTrue();
      assertThat(
              java.util.Arrays.equals(
                  rest, 0, rest.length, old, first.length - bodyStart, old.length))
          .isTrue();
      org.awaitility.Awaitility.await()
          .untilAsserted(
              () -> assertThat(client.get("/replaced.bin").readResponse().text()).isEqualTo("new"));
    }
  }

  @Test
  void aFileTruncatedOnTheWayEndsThatConnectionOnly() throws IOException {
    Path file = directory.resolve("root/truncated.bin");
    Files.write(file, HttpSite.bytes(40_000_000, 3));
    try (RawClient other = client()) {
      assertUsable(other);
      try (RawClient client = client()) {
        client.get("/truncated.bin");
        client.read(1000);
        try (java.nio.channels.FileChannel channel =
            java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
          channel.truncate(5000);
        }
        assertThat(client.drain()).isLessThan(40_000_000);
      }
      assertUsable(other);
      assertThat(other.get("/truncated.bin").readResponse().body()).hasSize(5000);
    }
  }

  @Test
  void aFileThatGrowsIsSentAsLongAsPromised() throws IOException {
    Path file = directory.resolve("root/growing.bin");
    byte[] before = HttpSite.bytes(10_000_000, 4);
    Files.write(file, before);
    try (RawClient client = client()) {
      client.get("/growing.bin");
      Files.write(file, new byte[1_000_000], java.nio.file.StandardOpenOption.APPEND);
      assertThat(client.readResponse().body()).hasSizeGreaterThanOrEqualTo(before.length);
      assertThat(client.get("/growing.bin").readResponse().body()).hasSize(11_000_000);
    }
  }

  @Test
  void filesBeyondFourGibibytes() throws IOException {
    Path file = directory.resolve("root/huge.bin");
    long size = 5L << 30;
    byte[] marks = HttpSite.bytes(300_000, 5);
    try (java.nio.channels.FileChannel channel =
        java.nio.channels.FileChannel.open(
            file,
            java.nio.file.StandardOpenOption.CREATE_NEW,
            java.nio.file.StandardOpenOption.WRITE,
            java.nio.file.StandardOpenOption.SPARSE)) {
      channel.write(java.nio.ByteBuffer.wrap(marks), (2L << 30) - 150_000);
      channel.write(java.nio.ByteBuffer.wrap(marks), (4L << 30) - 150_000);
      channel.write(java.nio.ByteBuffer.wrap(marks), size - marks.length);
    }
    try (RawClient client = client()) {
      for (long at : new long[] {(2L << 30) - 150_000, (4L << 30) - 150_000, size - marks.length}) {
        String range = "bytes=" + at + "-" + (at + marks.length - 1);
        Response response = client.get("/huge.bin", "Range: " + range).readResponse();
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.body()).isEqualTo(marks);
      }
      Response suffix = client.get("/huge.bin", "Range: bytes=-300000").readResponse();
      assertThat(suffix.body()).isEqualTo(marks);
      Response head = client.request("HEAD", "/huge.bin").readResponse(true);
      assertThat(head.header("Content-Length")).isEqualTo(Long.toString(size));
    } finally {
      Files.delete(file);
    }
  }
}
