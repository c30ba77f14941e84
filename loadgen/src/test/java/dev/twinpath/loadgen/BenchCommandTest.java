package dev.twinpath.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.TargetSpec;
import dev.twinpath.loadgen.report.BenchJson;
import dev.twinpath.loadgen.report.JsonSchema;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class BenchCommandTest {
  private static final String SHA256_OF_HELLO =
      "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
  private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private int bench(Object... arguments) {
    List<String> all = new ArrayList<>(List.of("-d", "200ms", "--warm-up", "0s", "-c", "2"));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    return new CommandLine(new BenchCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void theTextReportSaysWhatWasMeasured() throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(HELLO)) {
      bench(server.url("/x"));
      assertThat(out.toString())
          .contains("closed loop, 2 connections, 1 thread")
          .contains("requests/s")
          .contains("bytes/s")
          .contains("p99.9")
          .contains("verdict");
    }
  }

  @Test
  void theJsonReportKeepsItsSchemaAndCanBeReadBack() throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(HELLO)) {
      Path file = folder.resolve("report.json");
      bench("--rate", "200", "--json", file, "--verify", SHA256_OF_HELLO, server.url("/x"));
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      assertThat(JsonSchema.errors(BenchJson.class, "bench-report.schema.json", json)).isEmpty();
      assertThat(json.at("/load/model").asText()).isEqualTo("constant-rate");
      assertThat(json.at("/total/succeeded").asLong()).isEqualTo(40).isEqualTo(server.requests());
      assertThat(json.at("/latency/intended/count").asLong()).isEqualTo(40);

      LoadSpec spec = LoadSpec.builder(List.of(TargetSpec.get(server.url("/x")))).rate(200).build();
      LoadResult read = BenchJson.read(json, spec);
      assertThat(read.total().succeeded()).isEqualTo(40);
      assertThat(read.latencies().intended().getTotalCount()).isEqualTo(40);
      assertThat(read.latencies().intended().getValueAtPercentile(99))
          .isEqualTo(json.at("/latency/intended/p99").asLong());
    }
  }

  @Test
  void jsonOnStandardOutputIsAlone() throws Exception {
    try (ScriptedServer server = ScriptedServer.answering(HELLO)) {
      bench("--json", "-", server.url("/"));
      assertThat(new ObjectMapper().readTree(out.toString()).path("schema").asText())
          .isEqualTo("twinpath-bench/1");
    }
  }

  @Test
  void errorsGiveExitCodeOne() throws Exception {
    try (ScriptedServer server =
        new ScriptedServer((head, number, exchange) -> exchange.respond(500, HELLO))) {
      assertThat(bench(server.url("/"))).isEqualTo(1);
      assertThat(out.toString()).contains("errors").contains("status ");
    }
  }

  @Test
  void aManifestGivesTheChecksums() throws Exception {
    Path manifest = folder.resolve("SHA256SUMS");
    Files.writeString(manifest, SHA256_OF_HELLO + "  ./a b\n" + "0".repeat(64) + " *wrong\n");
    try (ScriptedServer server = ScriptedServer.answering(HELLO)) {
      bench("--json", "-", "--manifest", manifest, server.url("/a%20b"));
      JsonNode right = new ObjectMapper().readTree(out.toString());
      assertThat(right.at("/total/failed").asLong()).isZero();
      assertThat(right.at("/load/targets/0/sha256").asText()).isEqualTo(SHA256_OF_HELLO);
      assertThat(bench("--manifest", manifest, server.url("/wrong"))).isEqualTo(1);
      assertThat(out.toString()).contains("body_mismatch");
      assertThat(bench("--manifest", manifest, server.url("/other"))).isEqualTo(2);
      assertThat(err.toString()).contains("not in the manifest");
    }
  }

  @Test
  void wrongUsageGivesExitCodeTwo() {
    assertThat(bench()).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required parameter: URL");
    assertThat(bench("https://127.0.0.1/")).isEqualTo(2);
    assertThat(err.toString()).contains("https is not spoken");
    assertThat(bench("--rate", "-3", "http://127.0.0.1:1/")).isEqualTo(2);
    assertThat(bench("--duration", "soon", "http://127.0.0.1:1/")).isEqualTo(2);
    assertThat(err.toString()).contains("is not a duration");
    assertThat(bench("--transport", "carrier-pigeon", "http://127.0.0.1:1/")).isEqualTo(2);
    assertThat(bench("--verify", "abc", "http://127.0.0.1:1/")).isEqualTo(2);
    assertThat(bench("http://host.invalid/")).isEqualTo(2);
    assertThat(err.toString()).contains("no address for the host host.invalid");
  }

  @Test
  void durationsAreRead() throws Exception {
    Durations durations = new Durations();
    assertThat(durations.convert("1.5s").toMillis()).isEqualTo(1_500);
    assertThat(durations.convert("250ms").toMillis()).isEqualTo(250);
    assertThat(durations.convert("2m").toSeconds()).isEqualTo(120);
    assertThat(durations.convert("30").toSeconds()).isEqualTo(30);
  }
}
