package dev.twinpath.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Exit codes and the one line that a user gets. */
class TwinpathCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine line = Twinpath.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(args);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"serve", "path", "ss", "nstat", "trace", "capture", "doctor", "bench", "compare"})
  void everyCommandHasHelp(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: twinpath " + command).contains("-h, --help");
  }

  @Test
  void theRootHasHelpAndVersion() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("serve", "path", "ss", "nstat", "trace", "capture", "doctor", "bench", "compare");
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).contains("twinpath ", "Java ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          serve --http 70000             | is not a port
          serve --http x                 | is not a port
          serve --path both              | is not a path
          serve --wire carrier-pigeon    | is not a wire
          serve --wire packet:           | packet:IFACE
          serve --wire packet:a/b        | cannot name a network device
          serve --wire xdp               | xdp:IFACE
          serve --wire tap:              | tap:NAME
          serve --wire tap:much-too-long-name | cannot name a network device
          serve --wire memory            | memory:FILE
          serve --wire gateway:x         | takes nothing
          serve --address 10.0.0.1       | prefix length
          serve --address 10.0.0.1/33    | prefix length
          serve --address 10.0.0.256/24  | is not an IPv4 address
          serve --address fd00::1        | prefix length
          serve --address fd00::1/129    | must be 1 to 128
          serve --address fd00::1::2/64  | is not an IPv6 address
          serve --address fe80::1%eth0/64 | names a scope
          serve --address ::ffff:10.0.0.1/24 | write 10.0.0.1
          serve --address ff02::1/64     | is a multicast address
          serve --address ::1/128        | is a loopback address
          serve --address ::/64          | is no host's address
          serve --route nonsense         | is not a route
          serve --route fd00::1          | is not a route
          serve --route default:fd00:::1 | is not an IPv6 address
          serve --route fd01::/16:10.0.0.1 | not of the same IP version
          serve --bind localhost         | is not an IPv4 address
          serve --link speed=1gbit       | a link has no "speed"
          serve --link pause=on          | need a line rate
          serve --impair burst-loss=1%   | ENTER/LEAVE
          serve --congestion-control vegas | cubic, reno, bbr
          serve --event-loops 0          | at least 1
          serve --drain -1               | must not be negative
          serve --ftp-passive-ports 9-5  | is not a range of ports
          serve --ftp-passive-ports x    | is not a range of ports
          serve a b                      | b
          serve --nonsense               | --nonsense
          path sideways                  | is not a path
          capture -w x tcp prot 80       | filter, column 5
          capture -w x host example.org  | names are not looked up
          capture -w x -c -1             | must not be negative
          ss --state open                | is not a state
          ss --dst 10.0.0.1:x            | does not end in a port
          ss --src [fd00::1              | is not [ADDRESS]:PORT
          nonsense                       | nonsense
          """)
  void aWrongCommandLineIsExitCode2AndOneClearLine(String arguments, String message) {
    assertThat(run(arguments.split(" +"))).isEqualTo(2);
    assertThat(err.toString()).startsWith("twinpath: ").contains(message).contains("--help");
    assertThat(err.toString().lines()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void aMissingDirectoryIsExitCode1(@TempDir Path directory) {
    assertThat(run("serve", directory.resolve("nope").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("cannot serve").contains("there is no such directory");
  }

  @Test
  void aUsedPortIsExitCode1AndSaysWhatToDo(@TempDir Path directory) throws Exception {
    try (ServerSocket used = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(used.getLocalPort());
      String root = directory.toString();
      assertThat(run("serve", root, "--bind", "127.0.0.1", "--http", port, "--no-ftp"))
          .isEqualTo(1);
      assertThat(err.toString()).contains("is in use by another process").contains("--http PORT");
      assertThat(
              run("serve", root, "--bind", "127.0.0.1", "--http", "0", "--no-ftp", "--admin", port))
          .isEqualTo(1);
      assertThat(err.toString()).contains("--admin PORT");
    }
  }

  @Test
  void anAddressOfAnotherMachineIsExitCode1(@TempDir Path directory) {
    assertThat(run("serve", directory.toString(), "--bind", "203.0.113.1", "--http", "0"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("is not an address of this machine").contains("--bind");
  }

  @Test
  void noServerIsExitCode1AndSaysSo() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    assertThat(run("path", "--admin", Integer.toString(free))).isEqualTo(1);
    assertThat(err.toString()).contains("is 'twinpath serve' running");
    assertThat(run("ss", "--admin", Integer.toString(free))).isEqualTo(1);
    assertThat(run("capture", "-w", "unused", "--admin", Integer.toString(free))).isEqualTo(1);
  }

  @Test
  void theDoctorNamesEveryTransportAndWire() {
    assertThat(run("doctor")).isZero();
    assertThat(out.toString())
        .contains("io_uring", "epoll", "nio", "wire gateway", "wire memory", "wire tap")
        .contains("wire packet:IFACE", "wire packet:MACVTAP", "wire xdp:IFACE");
  }
}
