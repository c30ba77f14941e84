package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.ip.IpAddress;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel's own TCP, in a network namespace, reaches the stack through a TAP device, by IPv4 and
 * by IPv6.
 */
@RequiresRoot(commands = {"ip", "ping", "curl", "sha256sum"})
class LinuxClientTest {
  private static final String V4 = "10.9.0.2";
  private static final String V6 = "[fd09::2]";

  private static NetworkNamespace namespace;
  private static ShardThread stack;
  private static TinyHttp http;

  @BeforeAll
  static void start() {
    namespace = NetworkNamespace.create();
    stack =
        new ShardThread(
            StackConfig.builder()
                .address("10.9.0.2/24")
                .address("fd09::2/64")
                .ip(IpConfig.defaults().withDadTransmits(0))
                .wmem(4096, 4 << 20, 4 << 20)
                .build(),
            NicConfig.defaults(0x020000000002L),
            namespace.openTap("tap0", 1, "10.9.0.1/24"));
    namespace.addIpv6("tap0", "fd09::1/64");
    http = new TinyHttp(stack.nic.memory());
    stack.call(() -> stack.shard.listen(IpAddress.ANY, 80, 128, http));
  }

  @AfterAll
  static void stop() {
    stack.close();
    namespace.close();
  }

  @Test
  void ping() {
    assertThat(namespace.exec("ping", "-c", "3", "-i", "0.05", "-W", "1", "10.9.0.2").output())
        .contains(" 0% packet loss");
    assertThat(namespace.exec("ping", "-c", "3", "-i", "0.05", "-W", "1", "fd09::2").output())
        .contains(" 0% packet loss");
    assertThat(namespace.exec("ping", "-c", "2", "-s", "1400", "-i", "0.05", "10.9.0.2").exitCode())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void curlGetsBodiesOfEverySize(String host) throws Exception {
    for (long size : new long[] {0, 1, 1447, 1448, 1449, 65_536, 1_000_000, 300_000_000}) {
      String output =
          namespace
              .shell("curl -sS --max-time 20 http://" + host + "/" + size + " | sha256sum")
              .output();
      assertThat(output).as("%d bytes", size).startsWith(http.sha256(size));
    }
    assertThat(stack.failure()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void curlUploads(String host) {
    String output =
        namespace
            .shell(
                "head -c 50000000 /dev/zero | curl -sS --max-time 20 -H 'Expect:'"
                    + " --data-binary @- http://"
                    + host
                    + "/up")
            .output();
    assertThat(output).isEqualTo("50000000\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void manyShortConnections(String host) {
    StringBuilder urls = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      urls.append(" http://").append(host).append('/').append(i).append("/close");
    }
    String output =
        namespace
            .shell("curl -sS --max-time 30 -w '\\n%{http_code}\\n'" + urls + " | grep -a -x 200")
            .output();
    assertThat(output.lines().filter("200"::equals).count()).isEqualTo(300);
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void aClosedPortIsRefused(String host) {
    assertThat(namespace.exec("curl", "-sS", "--max-time", "5", "http://" + host + ":81/").output())
        .contains("curl: (7) Failed to connect");
  }

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void aClientThatResetsInTheMiddleLeavesNothingBehind(String host) {
    namespace.shell(
        "for i in 1 2 3 4 5; do curl -s http://"
            + host
            + "/100000000 | head -c 1000 | wc -c; done");
    Awaitility.await()
        .untilAsserted(
            () -> {
              int[] left = {-1};
              stack.call(() -> left[0] = stack.shard.connectionCount());
              assertThat(left[0]).isZero();
            });
    int[] live = {-1};
    stack.call(() -> live[0] = stack.shard.liveResources());
    assertThat(live[0]).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.1", "fd09::1"})
  void theStackAsClientOfTheKernel(String address) throws Exception {
    try (ServerSocket server = namespace.call(() -> new ServerSocket(0))) {
      byte[] upload = Memory.toArray(http.pattern(), 1 << 20);
      CompletableFuture<byte[]> got = new CompletableFuture<>();
      Thread kernel =
          new Thread(
              () -> {
                try (Socket socket = server.accept()) {
                  got.complete(socket.getInputStream().readAllBytes());
                  socket.getOutputStream().write(upload, 0, 500_000);
                } catch (IOException e) {
                  got.completeExceptionally(e);
                }
              });
      kernel.start();
      TestHandler handler = new TestHandler();
      IpAddress peer = IpAddress.parse(address);
      stack.call(
          () -> {
            TcpConnection c =
                stack.shard.connect(IpAddress.ANY, 0, peer, server.getLocalPort(), handler);
            handler.connection = c;
            c.sendBytes(http.pattern(), 1 << 20);
            // Half-close: the kernel reads to the end, then answers.
            c.shutdownOutput();
          });
      assertThat(got.get(20, TimeUnit.SECONDS)).isEqualTo(upload);
      Awaitility.await()
          .untilAsserted(
              () -> stack.call(() -> assertThat(handler.closed).isEqualTo(CloseCause.NORMAL)));
      assertThat(handler.received.toByteArray())
          .isEqualTo(java.util.Arrays.copyOf(upload, 500_000));
      kernel.join();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.1", "fd09::1"})
  void aPortOfTheKernelWithoutListenerRefuses(String address) {
    TestHandler handler = new TestHandler();
    stack.call(() -> stack.shard.connect(IpAddress.ANY, 0, IpAddress.parse(address), 1, handler));
    Awaitility.await()
        .untilAsserted(
            () -> stack.call(() -> assertThat(handler.closed).isEqualTo(CloseCause.REFUSED)));
  }
}
