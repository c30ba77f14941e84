package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.testsupport.PcapngFile;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Captures of a running server, behind the gateway, where no privilege is needed. */
@Timeout(180)
class CaptureEndToEndTest {
  private static final int REQUESTS = 12;

  @TempDir Path directory;
  @TempDir Path captures;
  private TwinpathServer server;

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
    server.close();
  }

  private Nic nic() {
    return server.userPath().orElseThrow().stack().nic();
  }

  private String get(String name) throws IOException {
    String url = "http://127.0.0.1:" + server.httpAddress().getPort() + "/" + name;
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url).toURL().openConnection(java.net.Proxy.NO_PROXY);
    connection.setRequestProperty("Connection", "close");
    try (InputStream in = connection.getInputStream()) {
      return connection.getResponseCode() + " " + in.readAllBytes().length;
    }
  }

  private void ftpGreeting() throws IOException {
    try (Socket ftp =
        new Socket(InetAddress.getLoopbackAddress(), server.ftpAddress().orElseThrow().getPort())) {
      assertThat(ftp.getInputStream().read()).isEqualTo('2');
    }
  }

  /** The command as a process of its own, as somebody would type it. */
  private ShellCommand capture(Path file, String... more) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-cp", System.getProperty("java.class.path")));
    words.addAll(List.of("dev.twinpath.server.cli.Twinpath", "capture", "-w", file.toString()));
    words.addAll(List.of("--admin", Integer.toString(server.adminAddress().getPort())));
    words.addAll(List.of(more));
    ShellCommand command = ShellCommand.start(words.toArray(String[]::new));
    await()
        .atMost(java.time.Duration.ofMinutes(1))
        .until(() -> nic().runningCaptures() > 0 || !command.isRunning());
    return command;
  }

  @Test
  void theCommandEndsWithACompleteFileWhenInterrupted() throws Exception {
    Path file = captures.resolve("http.pcapng");
    int port = server.httpAddress().getPort();
    try (ShellCommand command = capture(file, "tcp", "port", Integer.toString(port))) {
      for (int i = 0; i < REQUESTS; i++) {
        ftpGreeting();
        assertThat(get("b.bin")).isEqualTo("200 100000");
      }
      command.interrupt();
      ShellCommand.Result result = command.await(60);
      assertThat(result.exitCode()).as(result.output()).isZero();
      PcapngFile captured = new PcapngFile(Files.readAllBytes(file));
      assertThat(result.output())
          .contains(captured.packets.size() + " packets captured, 0 dropped");
      assertThat(captured.interfaces)
          .extracting(PcapngFile.Interface::name)
          .containsExactly("userstack0", "userstack1");
      assertThat(captured.packets).allMatch(packet -> isOfPort(packet.bytes(), port));
      assertThat(connections(captured)).isEqualTo(REQUESTS);
      assertThat(captured.statistics)
          .hasSize(2)
          .allMatch(each -> each.dropped() == 0 && each.accepted() == each.delivered());
      // FTP's frames were looked at and left out.
      assertThat(captured.statistics).anyMatch(each -> each.received() > each.accepted());
    }
    await().until(() -> nic().runningCaptures() == 0);
  }

  @Test
  @RequiresRoot(commands = {"tcpdump", "tshark"})
  void opensInTcpdumpAndTsharkWithItsRequests() throws Exception {
    Path file = captures.resolve("http.pcapng");
    String port = Integer.toString(server.httpAddress().getPort());
    try (ShellCommand command = capture(file, "tcp port " + port)) {
      for (int i = 0; i < REQUESTS; i++) {
        ftpGreeting();
        get("b.bin");
      }
      command.interrupt();
      assertThat(command.await(60).exitCode()).isZero();
    }
    String handshakes =
        ShellCommand.run(
                "tcpdump",
                "-nn",
                "-r",
                file.toString(),
                "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn")
            .check();
    assertThat(handshakes).contains("." + port + ": Flags [S]");
    String requests =
        ShellCommand.run(
                "tshark",
                "-r",
                file.toString(),
                "-d",
                "tcp.port==" + port + ",http",
                "-Y",
                "http.request",
                "-T",
                "fields",
                "-e",
                "tcp.stream",
                "-e",
                "http.request.uri")
            .check();
    assertThat(requests.lines().filter(line -> line.endsWith("\t/b.bin")).distinct())
        .hasSize(REQUESTS);
    assertThat(
            ShellCommand.run("tcpdump", "-nn", "-r", file.toString(), "not port " + port).check())
        .doesNotContain("Flags");
  }

  @Test
  void aFilterAndACountLeaveTheRestOut() throws Exception {
    Path file = captures.resolve("syn.pcapng");
    try (ShellCommand command =
        capture(file, "-s", "80", "-c", "3", "inbound and tcp[tcpflags] & tcp-syn != 0")) {
      while (command.isRunning()) {
        get("b.bin");
      }
      assertThat(command.await(60).output()).contains("3 packets captured, 0 dropped");
    }
    assertThat(new PcapngFile(Files.readAllBytes(file)).packets)
        .hasSize(3)
        .allMatch(packet -> !packet.outbound() && packet.bytes().length <= 80)
        .allMatch(packet -> (packet.bytes()[14 + 20 + 13] & 2) != 0);
  }

  @Test
  void onAndOffUnderLoadLosesAndLeaksNothing() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger good = new AtomicInteger();
    List<String> bad = new java.util.concurrent.CopyOnWriteArrayList<>();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Thread client = new Thread(() -> load(done, good, bad), "client-" + i);
      clients.add(client);
      client.start();
    }
    long descriptors = 0;
    try {
      for (int i = 0; i < 100; i++) {
        captureOnce(i);
        if (i == 10) {
          await().until(() -> nic().runningCaptures() == 0);
          descriptors = descriptors();
        }
      }
    } finally {
      done.set(true);
      for (Thread client : clients) {
        client.join();
      }
    }
    await().until(() -> nic().runningCaptures() == 0);
    assertThat(bad).isEmpty();
    assertThat(good).hasPositiveValue();
    long bound = descriptors + 10;
    await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(bound));
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> thread.getName().startsWith("capture-"))
        .hasSizeLessThanOrEqualTo(8);
    for (int i = 0; i < nic().queuePairs(); i++) {
      assertThat(nic().queuePair(i).capturePoint().isOn()).isFalse();
    }
  }

  private void load(AtomicBoolean done, AtomicInteger good, List<String> bad) {
    while (!done.get()) {
      try {
        String answer = get("b.bin");
        if (answer.equals("200 100000")) {
          good.incrementAndGet();
        } else {
          bad.add(answer);
        }
      } catch (IOException e) {
        bad.add(e.toString());
      }
    }
  }

  /** Every other capture runs to its end, the rest lose their reader in the middle. */
  private void captureOnce(int i) throws IOException {
    String url =
        "http://127.0.0.1:"
            + server.adminAddress().getPort()
            + "/capture?filter=tcp&packets="
            + (i % 2 == 0 ? "100" : "1000000");
    try (InputStream in =
        URI.create(url).toURL().openConnection(java.net.Proxy.NO_PROXY).getInputStream()) {
      if (i % 2 == 0) {
        assertThat(new PcapngFile(in.readAllBytes()).packets).hasSize(100);
      } else {
        assertThat(in.readNBytes(5000)).hasSize(5000);
      }
    } catch (IOException e) {
      // Four that lost their readers may still be about to end.
      if (!e.getMessage().contains("503")) {
        throw e;
      }
      await().until(() -> nic().runningCaptures() == 0);
    }
  }

  private static long descriptors() {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static boolean isOfPort(byte[] frame, int port) {
    return number(frame, 34) == port || number(frame, 36) == port;
  }

  private static int number(byte[] frame, int at) {
    return (frame[at] & 0xff) << 8 | frame[at + 1] & 0xff;
  }

  /** Clients' ports that opened with a SYN; a repeated one counts once. */
  private static long connections(PcapngFile file) {
    return file.packets.stream()
        .filter(packet -> (packet.bytes()[47] & 0x12) == 2)
        .map(packet -> number(packet.bytes(), 34))
        .distinct()
        .count();
  }
}
