package dev.twinpath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.testsupport.ShellCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code compare} against the real server. The trials are far too short for a verdict; what is held
 * is that both paths were loaded, answered without an error, and reported.
 */
@RequiresRoot(commands = {"unshare", "ip"})
class CompareEndToEndTest {
  @Test
  void loadsBothPathsOfTheRealServer(@TempDir Path folder) throws IOException {
    Path json = folder.resolve("compare.json");
    try (ShellCommand compare =
        ShellCommand.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.twinpath.server.cli.Twinpath",
            "compare",
            "--synthetic",
            "--sizes=1KiB,1MiB",
            "--blocks=1",
            "--duration=500ms",
            "--warm-up=500ms",
            "--connections=8",
            "--json=" + json)) {
      ShellCommand.Result result = compare.await(180);
      // 1 is "INVALID", which such short trials may well be.
      assertThat(result.exitCode()).as(result.output()).isIn(0, 1);
      assertThat(json).as(result.output()).exists();
    }
    JsonNode report = new ObjectMapper().readTree(Files.readString(json));
    JsonNode scenarios = report.get("scenarios");
    assertThat(scenarios).as(report.toPrettyString()).hasSize(2);
    for (JsonNode scenario : scenarios) {
      assertThat(scenario.get("trials")).hasSize(4);
      for (JsonNode trial : scenario.get("trials")) {
        JsonNode counts = trial.get("bench").get("measured");
        assertThat(counts.get("succeeded").asLong()).as(counts.toString()).isPositive();
        assertThat(counts.get("failed").asLong()).as(counts.toString()).isZero();
      }
    }
  }
}
