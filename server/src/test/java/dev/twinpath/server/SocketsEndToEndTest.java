package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.server.cli.Twinpath;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code twinpath ss} prints of a running server. */
@Timeout(60)
class SocketsEndToEndTest {
  private static final int SIZE = 100_000;

  @TempDir Path directory;
  private TwinpathServer server;

  @BeforeEach
  void serve() throws Exception {
    Files.write(directory.resolve("b.bin"), new byte[SIZE]);
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
    server.close();
  }

  private String ss(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = Twinpath.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    String[] all = new String[words.length + 3];
    all[0] = "ss";
    System.arraycopy(words, 0, all, 1, words.length);
    all[words.length + 1] = "--admin";
    all[words.length + 2] = Integer.toString(server.adminAddress().getPort());
    assertThat(line.execute(all)).as(err.toString()).isZero();
    return out.toString();
  }

  @Test
  void aConnectionThatCarriedAFile() throws Exception {
    assertThat(ss()).startsWith("State").hasLineCount(1);
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.httpAddress().getPort())) {
      socket
          .getOutputStream()
          .write("GET /b.bin HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      assertThat(in.readNBytes(SIZE)).hasSize(SIZE);
      String text = ss("-i");
      assertThat(text)
          .containsPattern("ESTAB +\\d+ +\\d+ +\\S+:\\d+ +\\S+:\\d+")
          .containsPattern("\n\t ts sack cubic wscale:\\d+,\\d+ rto:\\d+")
          .containsPattern(" rtt:[\\d.e-]+/[\\d.e-]+ ")
          .containsPattern(" mss:\\d+ pmtu:\\d+ rcvmss:\\d+ advmss:\\d+ cwnd:\\d+ ")
          .containsPattern(" bytes_sent:1\\d{5} .*bytes_received:32 ")
          .containsPattern(" send [\\d.e+]+[kMG]?bps ");

      JsonNode json = new ObjectMapper().readTree(ss("--json")).path("connections");
      String peer = json.get(0).path("remote").asText();
      assertThat(json.get(0).path("pathMtu").asInt()).isGreaterThan(500);
      assertThat(ss("--dst", peer, "--state", "established")).contains(peer.split(":")[0]);
      assertThat(ss("--dst", "10.99.99.99")).hasLineCount(1);
      assertThat(ss("--state", "syn-sent")).hasLineCount(1);
    }
  }

  @Test
  void listenersAndCounts() throws Exception {
    assertThat(ss("-l")).containsPattern("LISTEN +0 +\\d+ +\\S+:\\d+ +\\S+:\\*");
    JsonNode json = new ObjectMapper().readTree(ss("-a", "--json"));
    assertThat(json.path("listeners")).isNotEmpty();
    assertThat(json.has("timeWait")).isTrue();
    assertThat(ss("-s")).contains("TCP: ", "(estab 0,").containsPattern("LISTEN +[1-9]");
    assertThat(ss("-a").lines().count()).isGreaterThan(1);
  }
}
