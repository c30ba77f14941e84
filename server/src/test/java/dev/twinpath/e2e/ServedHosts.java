package dev.twinpath.e2e;

import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.ShellCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A server host and a client host in network namespaces of their own, and twinpath as a process of
 * its own on the first: over a veth pair the client reaches the kernel path, over a TAP that was
 * moved into the client's namespace the user path.
 */
final class ServedHosts implements AutoCloseable {
  static final String KERNEL = "10.98.1.1";
  static final String USER = "10.98.2.2";
  static final String USER_6 = "fd98::2";
  static final String CLIENT_6 = "fd98::1";
  static final int HTTP = 8080;
  static final int FTP = 2121;
  private static final String TAP = "tpe2e";

  private final NetworkNamespace server = NetworkNamespace.create();
  private final NetworkNamespace client = NetworkNamespace.create();
  private ShellCommand twinpath;

  ServedHosts(Path directory, String... options) {
    try {
      server.connect("tpv0", KERNEL + "/24", client, "tpv1", "10.98.1.2/24");
      start(directory, options);
    } catch (RuntimeException | AssertionError e) {
      close();
      throw e;
    }
  }

  private void start(Path directory, String... options) {
    List<String> words =
        serve(
            directory,
            "--bind",
            KERNEL,
            "--http",
            Integer.toString(HTTP),
            "--ftp",
            Integer.toString(FTP),
            "--wire",
            "tap:" + TAP,
            "--address",
            USER + "/24",
            "--address",
            USER_6 + "/64");
    words.addAll(List.of(options));
    twinpath = server.start(words.toArray(new String[0]));
    await(() -> server.exec("ip", "link", "show", TAP).exitCode() == 0);
    server.exec("ip", "link", "set", TAP, "netns", client.name()).check();
    client.exec("ip", "address", "add", "10.98.2.1/24", "dev", TAP).check();
    client.exec("ip", "link", "set", TAP, "up").check();
    client.addIpv6(TAP, CLIENT_6 + "/64");
    for (String address : new String[] {KERNEL, USER}) {
      await(
          () ->
              client.shell("curl -s -m 5 -o /dev/null http://" + address + ":8080/").exitCode()
                  == 0);
    }
  }

  /** The command that serves a directory in a process of its own. */
  static List<String> serve(Path directory, String... options) {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.twinpath.server.cli.Twinpath",
                "serve",
                directory.toString()));
    words.addAll(List.of(options));
    return words;
  }

  private void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .failFast("the server ended", () -> !twinpath.isRunning())
        .until(condition);
  }

  NetworkNamespace client() {
    return client;
  }

  NetworkNamespace server() {
    return server;
  }

  /** Whether the server process still lives. */
  boolean isServing() {
    return twinpath.isRunning();
  }

  /** What the server wrote to its terminal. */
  String serverOutput() {
    return twinpath.outputSoFar();
  }

  /** Runs a shell line on the client and returns its output; waits as long as that takes. */
  String onClient(long limitSeconds, String line) {
    try (ShellCommand command = client.start("bash", "-euo", "pipefail", "-c", line)) {
      return command.await(limitSeconds).check();
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
