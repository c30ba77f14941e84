package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The kernel's own TCP, in a network namespace, reaches the stack through a TAP device. */
@RequiresRoot(commands = {"ip", "ping", "curl", "sha256sum"})
class LinuxClientTest {
  private static NetworkNamespace namespace;
  private static ShardThread stack;
  private static TinyHttp http;

  @BeforeAll
  static void start() {
    namespace = NetworkNamespace.create();
    stack =
        new ShardThread(
            StackConfig.builder().address("10.9.0.2/24").build(),
            NicConfig.defaults(0x020000000002L),
            namespace.openTap("tap0", 1, "10.9.0.1/24"));
    http = new TinyHttp(stack.nic.memory());
    stack.call(() -> stack.shard.listen(0, 80, 128, http));
  }

  @AfterAll
  static void stop() {
    stack.close();
    namespace.close();
  }

  private static String sha256(long length) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] period = Memory.toArray(http.pattern(), TinyHttp.PERIOD);
    for (long left = length; left > 0; left -= TinyHttp.PERIOD) {
      digest.update(period, 0, (int) Math.min(left, TinyHttp.PERIOD));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Test
  void ping() {
    assertThat(namespace.exec("ping", "-c", "3", "-i", "0.05", "-W", "1", "10.9.0.2").output())
        .contains(" 0% packet loss");
    assertThat(namespace.exec("ping", "-c", "2", "-s", "1400", "-i", "0.05", "10.9.0.2").exitCode())
        .isZero();
  }

  @Test
  void curlGetsBodiesOfEverySize() throws Exception {
    for (long size : new long[] {0, 1, 1447, 1448, 1449, 65_536, 1_000_000, 300_000_000}) {
      String output =
          namespace
              .shell("curl -sS --max-time 20 http://10.9.0.2/" + size + " | sha256sum")
              .output();
      assertThat(output).as("%d bytes", size).startsWith(sha256(size));
    }
    assertThat(stack.failure()).isNull();
  }

  @Test
  void curlUploads() {
    String output =
        namespace
            .shell(
                "head -c 50000000 /dev/zero | curl -sS --max-time 20 -H 'Expect:'"
                    + " --data-binary @- http://10.9.0.2/up")
            .output();
    assertThat(output).isEqualTo("50000000\n");
  }

  @Test
  void manyShortConnections() {
    StringBuilder urls = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      urls.append(" http://10.9.0.2/").append(i).append("/close");
    }
    String output =
        namespace
            .shell("curl -sS --max-time 30 -w '\\n%{http_code}\\n'" + urls + " | grep -a -x 200")
            .output();
    assertThat(output.lines().filter("200"::equals).count()).isEqualTo(300);
  }

  @Test
  void aClosedPortIsRefused() {
    assertThat(namespace.exec("curl", "-sS", "--max-time", "5", "http://10.9.0.2:81/").output())
        .contains("curl: (7) Failed to connect");
  }
}
