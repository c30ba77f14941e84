package dev.twinpath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole server on interfaces of the kernel, with Linux's own TCP at the other end. */
@RequiresRoot(commands = {"curl", "sha256sum", "bash", "ethtool", "ping"})
class InterfaceEndToEndTest {
  private static final int SMALL = 64 * 1024;
  private static final int LARGE = 100_000_001;

  @TempDir static Path root;

  @BeforeAll
  static void write() throws IOException {
    ServedTree.writeLargeFile(root.resolve("small.bin"), SMALL, 1);
    ServedTree.writeLargeFile(root.resolve("large.bin"), LARGE, 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"packet:" + ServedInterface.INTERFACE, "packet:" + ServedInterface.MACVTAP})
  void filesArriveWhole(String wire) {
    try (ServedInterface served = new ServedInterface(root, wire)) {
      String http = "http://" + ServedInterface.ADDRESS + ":8080/";
      String ftp = "ftp://" + ServedInterface.ADDRESS + ":2121/";
      for (int i = 0; i < 8; i++) {
        check(served, http, "small.bin");
      }
      check(served, http, "large.bin");
      check(served, ftp, "large.bin");
      served.onClient(
          60, "seq 16 | xargs -P 16 -I{} curl -sS --fail -o /dev/null " + http + "small.bin");
      assertThat(served.metrics("^twinpath_nic_offload_operations_total.*\"segmentation\""))
          .as("packets left uncut")
          .containsPattern("[1-9]");
      assertThat(served.metrics("^twinpath_nic_offload_operations_total.*segments_in_software"))
          .as("and the NIC cut none")
          .isNotEmpty()
          .doesNotContainPattern(" [1-9]");
    }
  }

  @Test
  void anXdpProgramSteersToUsAndLeavesTheKernelItsAddress() {
    try (ServedInterface served = new ServedInterface(root, "xdp:" + ServedInterface.INTERFACE)) {
      served.addKernelAddress("10.98.3.9");
      String http = "http://" + ServedInterface.ADDRESS + ":8080/";
      String ftp = "ftp://" + ServedInterface.ADDRESS + ":2121/";
      for (int i = 0; i < 8; i++) {
        check(served, http, "small.bin");
      }
      check(served, http, "large.bin");
      check(served, ftp, "large.bin");
      served.onClient(
          60, "seq 16 | xargs -P 16 -I{} curl -sS --fail -o /dev/null " + http + "small.bin");
      assertThat(served.onClient(60, "ping -c 3 -i 0.2 10.98.3.9")).contains("3 received");
      assertThat(served.metrics("^twinpath_nic_offload_operations_total.*segments_in_software"))
          .as("frames that the NIC cut")
          .containsPattern(" [1-9]");
    }
  }

  private static void check(ServedInterface served, String base, String file) {
    String expected = ShellCommand.run("sha256sum", root.resolve(file).toString()).check();
    String got = served.onClient(100, "curl -sS --fail -m 60 " + base + file + " | sha256sum");
    assertThat(got.split(" ")[0]).as(base + file).isEqualTo(expected.split(" ")[0]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"packet:v0", "xdp:v0"})
  void anAddressOfTheKernelsIsRefusedWithWhatToDo(String wire) {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      namespace
          .shell(
              "ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"
                  + " && ip address add 10.98.4.2/24 dev v0")
          .check();
      String[] words =
          ServedHosts.serve(
                  root, "--bind", "127.0.0.1", "--wire", wire, "--address", "10.98.4.2/24")
              .toArray(new String[0]);
      ShellCommand.Result result = namespace.exec(words);
      assertThat(result.exitCode()).isEqualTo(1);
      assertThat(result.output())
          .contains("the kernel itself has the address 10.98.4.2 on v0")
          .contains("ip address del 10.98.4.2/24 dev v0");
    }
  }
}
