package dev.twinpath.loadgen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole of {@code compare DIR}, with its namespaces, around a stand-in for the server: a script
 * that takes the server's options and answers on both addresses, with a veth in the place of the
 * TAP.
 */
@RequiresRoot(commands = {"unshare", "nsenter", "setsid"})
class PrivateNetworkTest {
  private static final String LAUNCHER = "twinpath.launcher";

  @TempDir private Path folder;
  private Path content;

  @BeforeEach
  void makeStandIn() throws IOException {
    content = Files.createDirectory(folder.resolve("content"));
    Files.write(content.resolve("small"), new byte[1_000]);
    Files.write(content.resolve("large"), new byte[300_000]);
    Path script = folder.resolve("launcher");
    Files.writeString(
        script,
        """
        #!/bin/sh
        echo "$@" > FOLDER/arguments
        ip link add twin-u0 type veth peer name stand-in
        ip addr add 10.213.2.2/24 dev stand-in
        ip link set stand-in up
        exec JAVA -cp CLASSPATH dev.twinpath.loadgen.StandInServer FOLDER/content
        """
            .replace("FOLDER", folder.toString())
            .replace("JAVA", java())
            .replace("CLASSPATH", System.getProperty("java.class.path")));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    System.setProperty(LAUNCHER, script.toString());
  }

  @AfterEach
  void forgetStandIn() {
    System.clearProperty(LAUNCHER);
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** The command line of a process of its own, as a user starts it. */
  private ProcessBuilder compare(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(java());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-D" + LAUNCHER + "=" + System.getProperty(LAUNCHER));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "dev.twinpath.loadgen.Loadgen"));
    command.addAll(List.of("compare", content.toString(), "--warm-up", "0s", "-c", "2"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("out").toFile())
        .redirectError(folder.resolve("err").toFile());
  }

  @Test
  void bothPathsAreLoadedFromTheOtherNamespaceAndNothingIsLeft() throws Exception {
    Path json = folder.resolve("report.json");
    Process process =
        compare("--sizes", "1000,300000", "-d", "500ms", "-b", "1", "--json", json.toString())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(json).as(Files.readString(folder.resolve("err"))).exists();
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(report.at("/scenarios")).hasSize(2);
    for (JsonNode scenario : report.at("/scenarios")) {
      assertThat(scenario.path("trials")).hasSize(4);
      long succeeded = 0;
      for (JsonNode trial : scenario.path("trials")) {
        succeeded += trial.at("/bench/total/succeeded").asLong();
        assertThat(trial.at("/bench/total/failed").asLong()).isZero();
        assertThat(trial.at("/cpu/serverSeconds").isNumber()).isTrue();
        assertThat(trial.at("/cpu/roleSeconds").path("userstack/stack").asDouble()).isPositive();
      }
      assertThat(succeeded).isPositive();
    }
    assertThat(Files.readString(folder.resolve("out"))).contains("SACK");
    assertThat(Files.readString(folder.resolve("arguments")))
        .startsWith("serve " + content.toRealPath() + " --admin 9090 --http 8080")
        .contains("--wire tap:twin-u0 --address 10.213.2.2/24");
    assertNothingLeft();
  }

  @Test
  void aTerminatedComparisonReportsAndRemovesEverything() throws Exception {
    Process process = compare("--sizes", "1000", "-d", "10s", "-b", "50").start();
    await()
        .atMost(1, TimeUnit.MINUTES)
        .until(() -> Files.readString(folder.resolve("err")).contains("trial 1/4"));
    process.destroy();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(Files.readString(folder.resolve("out"))).contains("no-block");
    assertNothingLeft();
  }

  /** Even SIGKILL must not leave servers behind. */
  @Test
  void aKilledComparisonLeavesNoProcess() throws Exception {
    Process process = compare("--sizes", "1000", "-d", "10s", "-b", "50").start();
    await()
        .atMost(1, TimeUnit.MINUTES)
        .until(() -> Files.readString(folder.resolve("err")).contains("trial 1/4"));
    process.destroyForcibly();
    assertNothingLeft();
  }

  private void assertNothingLeft() throws IOException {
    assertThat(NetworkInterface.networkInterfaces().map(NetworkInterface::getName))
        .noneMatch(name -> name.startsWith("twin-"));
    await()
        .atMost(1, TimeUnit.MINUTES)
        .untilAsserted(
            () ->
                assertThat(ProcessHandle.allProcesses())
                    .noneMatch(p -> p.info().commandLine().orElse("").contains(folder.toString())));
  }
}
