package dev.twinpath.e2e;

import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.ShellCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A server whose user path hangs on an interface of its namespace, and a client with the kernel's
 * TCP at the other end of the cable.
 */
final class ServedInterface implements AutoCloseable {
  /** The interface, one end of a veth pair. */
  static final String INTERFACE = "tpv0";

  /** A macvtap on it. */
  static final String MACVTAP = "tpm0";

  /** The stack's own address, which the kernel does not have. */
  static final String ADDRESS = "10.98.3.2";

  private final NetworkNamespace server = NetworkNamespace.create();
  private final NetworkNamespace client = NetworkNamespace.create();
  private final ShellCommand twinpath;

  /**
   * @param wire such as {@code packet:tpv0}
   */
  ServedInterface(Path directory, String wire) {
    try {
      server
          .shell(
              "ip link add "
                  + INTERFACE
                  + " type veth peer name tpv1 netns "
                  + client.name()
                  + " && ip link set "
                  + INTERFACE
                  + " up && ip link add link "
                  + INTERFACE
                  + " name "
                  + MACVTAP
                  + " type macvtap mode bridge && ip link set "
                  + MACVTAP
                  + " up")
          .check();
      client.shell("ip address add 10.98.3.1/24 dev tpv1 && ip link set tpv1 up").check();
      // As many as event loops, for the wire that has a socket for each.
      client.shell("ethtool -L tpv1 rx 2 tx 2").check();
      server.shell("ethtool -L " + INTERFACE + " rx 2 tx 2").check();
      List<String> words =
          new ArrayList<>(
              ServedHosts.serve(
                  directory, "--bind", "127.0.0.1", "--wire", wire, "--address", ADDRESS + "/24"));
      // As many as the packet sockets of one interface share its flows.
      words.addAll(List.of("--event-loops", "2"));
      twinpath = server.start(words.toArray(new String[0]));
      String probe = "curl -s -m 5 -o /dev/null http://" + ADDRESS + ":8080/";
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(100))
          .failFast(this::checkServing)
          .until(() -> client.shell(probe).exitCode() == 0);
    } catch (RuntimeException | AssertionError e) {
      close();
      throw e;
    }
  }

  private void checkServing() {
    if (!twinpath.isRunning()) {
      throw new IllegalStateException("the server ended: " + twinpath.outputSoFar());
    }
  }

  /** Gives the server's kernel an address on the interface. */
  void addKernelAddress(String address) {
    server.shell("ip address add " + address + "/24 dev " + INTERFACE).check();
  }

  /** Runs a shell line on the client and returns its output. */
  String onClient(long limitSeconds, String line) {
    try (ShellCommand command = client.start("bash", "-euo", "pipefail", "-c", line)) {
      return command.await(limitSeconds).check();
    }
  }

  /** What the server counted under a name that its metrics have. */
  String metrics(String pattern) {
    return server.shell("curl -s http://127.0.0.1:9090/metrics | grep '" + pattern + "'").output();
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
