package dev.twinpath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole server with addresses of both IP versions, over a TAP, with Linux as its client. */
@RequiresRoot(commands = {"curl", "sha256sum", "bash", "ping"})
class Ipv6EndToEndTest {
  @TempDir static Path root;
  private static ServedHosts hosts;

  @BeforeAll
  static void serve() throws IOException {
    ServedTree.writeLargeFile(root.resolve("small.bin"), 20_001, 1);
    ServedTree.writeLargeFile(root.resolve("large.bin"), 50_000_001, 2);
    hosts = new ServedHosts(root);
    Awaitility.await()
        .until(() -> hosts.client().exec("ping", "-c1", "-W1", ServedHosts.USER_6).exitCode() == 0);
  }

  @AfterAll
  static void stop() {
    if (hosts != null) {
      hosts.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-6 http://[" + ServedHosts.USER_6 + "]:8080/",
        "-6 ftp://[" + ServedHosts.USER_6 + "]:2121/",
        "-4 http://" + ServedHosts.USER + ":8080/",
        "-4 ftp://" + ServedHosts.USER + ":2121/"
      })
  void filesArriveWholeByBothVersions(String base) {
    for (String file : new String[] {"small.bin", "large.bin"}) {
      String expected = ShellCommand.run("sha256sum", root.resolve(file).toString()).check();
      String got = hosts.onClient(60, "curl -sS --fail -m 50 " + base + file + " | sha256sum");
      assertThat(got.split(" ")[0]).as(base + file).isEqualTo(expected.split(" ")[0]);
    }
    assertThat(hosts.isServing()).as(hosts.serverOutput()).isTrue();
  }

  @Test
  void addressesStandInBracketsWhereAPortFollows() {
    assertThat(hosts.serverOutput())
        .contains("http://" + ServedHosts.USER + ":8080/ on the user path")
        .contains("http://[" + ServedHosts.USER_6 + "]:8080/ on the user path");
    try (ShellCommand slow =
        hosts
            .client()
            .start(
                "curl",
                "-sS",
                "--limit-rate",
                "1M",
                "-o",
                "/dev/null",
                "http://[" + ServedHosts.USER_6 + "]:8080/large.bin")) {
      List<String> words = new ArrayList<>(ServedHosts.serve(root));
      int serve = words.indexOf("serve");
      words = new ArrayList<>(words.subList(0, serve));
      words.add("ss");
      String[] command = words.toArray(new String[0]);
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(hosts.server().exec(command).output())
                      .contains("[" + ServedHosts.USER_6 + "]:8080")
                      .contains("[" + ServedHosts.CLIENT_6 + "]:"));
      assertThat(slow.isRunning()).isTrue();
    }
  }
}
