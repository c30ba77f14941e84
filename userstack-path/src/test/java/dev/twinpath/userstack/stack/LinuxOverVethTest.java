package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.PacketSocketWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.ip.IpAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel at the other end of a cable: the stack on one end of a veth pair, by a packet socket,
 * with addresses that no kernel has.
 */
@RequiresRoot(commands = {"ip", "ping", "curl", "sha256sum"})
class LinuxOverVethTest {
  private static NetworkNamespace ours;
  private static NetworkNamespace kernel;
  private static ShardThread stack;
  private static TinyHttp http;

  @BeforeAll
  static void start() {
    ours = NetworkNamespace.create();
    kernel = NetworkNamespace.create();
    kernel.connect("eth0", "10.11.0.1/24", ours, "eth0", "10.12.0.1/24");
    kernel.addIpv6("eth0", "fd11::1/64");
    stack =
        new ShardThread(
            StackConfig.builder()
                .address("10.11.0.2/24")
                .address("fd11::2/64")
                .wmem(4096, 4 << 20, 4 << 20)
                .build(),
            NicConfig.defaults(0x020000000011L),
            ours.call(() -> PacketSocketWire.open("eth0", 1, 0x020000000011L)));
    http = new TinyHttp(stack.nic.memory());
    stack.call(() -> stack.shard.listen(IpAddress.ANY, 80, 128, http));
    // The IPv6 address is asked for first.
    Awaitility.await()
        .until(() -> kernel.exec("ping", "-c", "1", "-W", "1", "fd11::2").exitCode() == 0);
  }

  @AfterAll
  static void stop() {
    stack.close();
    kernel.close();
    ours.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.11.0.2", "[fd11::2]"})
  void theKernelIsClient(String host) throws Exception {
    for (int size : new int[] {1, 1441, 30_000_000}) {
      String sum =
          kernel
              .shell("curl -sS --max-time 20 http://" + host + "/" + size + " | sha256sum")
              .check();
      assertThat(sum).as("%d bytes", size).startsWith(http.sha256(size));
    }
    String posted =
        kernel
            .shell(
                "head -c 5000000 /dev/zero | curl -sS --max-time 20 -H 'Expect:'"
                    + " --data-binary @- http://"
                    + host
                    + "/up")
            .check();
    assertThat(posted).isEqualTo("5000000\n");
    assertThat(kernel.exec("curl", "-sS", "--max-time", "5", "http://" + host + ":81/").output())
        .contains("curl: (7) Failed to connect");
    assertThat(stack.failure()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"10.11.0.1,10.11.0.2", "fd11::1,fd11::2"})
  void theKernelIsServer(String remote, String local) throws Exception {
    try (ServerSocket server = kernel.call(() -> new ServerSocket(0))) {
      byte[] data = Memory.toArray(http.pattern(), 1 << 20);
      CompletableFuture<byte[]> got = new CompletableFuture<>();
      CompletableFuture<String> peer = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try (Socket socket = server.accept()) {
                  peer.complete(IpAddress.of(socket.getInetAddress()).toString());
                  got.complete(socket.getInputStream().readAllBytes());
                  socket.getOutputStream().write(data, 0, 500_000);
                } catch (Exception e) {
                  got.completeExceptionally(e);
                }
              });
      thread.start();
      TestHandler handler = new TestHandler();
      stack.call(
          () -> {
            TcpConnection c =
                stack.shard.connect(
                    IpAddress.ANY, 0, IpAddress.parse(remote), server.getLocalPort(), handler);
            handler.connection = c;
            c.sendBytes(http.pattern(), 1 << 20);
            c.shutdownOutput();
          });
      assertThat(got.get(20, TimeUnit.SECONDS)).isEqualTo(data);
      assertThat(peer.get()).isEqualTo(local);
      Awaitility.await()
          .untilAsserted(
              () -> stack.call(() -> assertThat(handler.closed).isEqualTo(CloseCause.NORMAL)));
      assertThat(handler.received.toByteArray()).isEqualTo(Arrays.copyOf(data, 500_000));
      thread.join();
    }
  }
}
