package dev.twinpath.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.loadgen.compare.CompareJson;
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

/** The comparison of servers that run already; the private network needs the real server. */
class CompareCommandTest {
  private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  private int compare(Object... arguments) {
    List<String> all =
        new ArrayList<>(List.of("-d", "100ms", "--warm-up", "0s", "-c", "2", "-b", "2"));
    for (Object argument : arguments) {
      all.add(argument.toString());
    }
    return new CommandLine(new CompareCommand())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }

  @Test
  void twoServersAreComparedAndTheReportKeepsItsSchema() throws Exception {
    Files.write(folder.resolve("hello"), HELLO);
    Path json = folder.resolve("report.json");
    Path markdown = folder.resolve("report.md");
    try (ScriptedServer a = ScriptedServer.answering(HELLO);
        ScriptedServer b = ScriptedServer.answering(HELLO)) {
      compare(
          folder,
          "--sizes",
          "5",
          "--url-a",
          a.url(""),
          "--url-b",
          b.url(""),
          "--label-a",
          "left",
          "--label-b",
          "right",
          "--seed",
          "7",
          "--pid-a",
          ProcessHandle.current().pid(),
          "--json",
          json,
          "--markdown",
          markdown);
      assertThat(a.requests()).isPositive();
      assertThat(b.requests()).isPositive();
    }
    assertThat(out.toString())
        .contains("left")
        .contains("right / left")
        .contains("order by seed 7")
        .contains("verdict");
    assertThat(Files.readString(markdown)).startsWith("| scenario |").contains("| 5 B |");

    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertThat(JsonSchema.errors(CompareJson.class, "compare-report.schema.json", report))
        .isEmpty();
    assertThat(report.at("/plan/seed").asLong()).isEqualTo(7);
    JsonNode scenario = report.at("/scenarios/0");
    assertThat(scenario.path("trials")).hasSize(8);
    for (JsonNode trial : scenario.path("trials")) {
      assertThat(
              JsonSchema.errors(BenchJson.class, "bench-report.schema.json", trial.path("bench")))
          .isEmpty();
      assertThat(trial.at("/bench/total/failed").asLong()).isZero();
    }
  }

  @Test
  void aWrongBodyIsInvalidBeforeAnyTrial() throws Exception {
    Files.write(folder.resolve("hello"), HELLO);
    try (ScriptedServer right = ScriptedServer.answering(HELLO);
        ScriptedServer wrong = ScriptedServer.answering(new byte[] {'h', 'e', 'l', 'l', '0'})) {
      assertThat(
              compare(folder, "--sizes", "5", "--url-a", right.url(""), "--url-b", wrong.url("")))
          .isEqualTo(1);
    }
    assertThat(out.toString()).contains("INVALID: wrong-body: b: body_mismatch");
  }

  @Test
  void aServerThatFailsIsInvalid() throws Exception {
    try (ScriptedServer right = ScriptedServer.answering(HELLO);
        ScriptedServer flaky =
            new ScriptedServer(
                (head, number, exchange) -> exchange.respond(number < 20 ? 200 : 503, HELLO))) {
      assertThat(compare("--url-a", right.url("/"), "--url-b", flaky.url("/"))).isEqualTo(1);
    }
    assertThat(out.toString()).contains("all figures INVALID: errors:");
  }

  @Test
  void wrongUsageGivesExitCodeTwo() {
    assertThat(compare()).isEqualTo(2);
    assertThat(err.toString()).contains("DIR is needed");
    assertThat(compare("--url-a", "http://127.0.0.1:1/")).isEqualTo(2);
    assertThat(compare("--url-a", "https://x/", "--url-b", "http://x/")).isEqualTo(2);
    assertThat(compare("--sizes", "huge", folder)).isEqualTo(2);
    assertThat(
            compare("--url-a", "http://127.0.0.1:1/", "--url-b", "http://127.0.0.1:1/", "-b", "0"))
        .isEqualTo(2);
  }
}
