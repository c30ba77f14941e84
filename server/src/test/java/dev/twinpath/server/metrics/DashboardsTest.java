package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboards and rules ask only for series and labels that this server has, in PromQL that
 * parses.
 */
class DashboardsTest {
  private static final Path RESOURCES =
      Path.of("..", "dashboards", "src", "main", "resources", "dev", "twinpath", "dashboards");
  private static final Path RULES = RESOURCES.resolve("prometheus/twinpath.rules.yml");
  private static final Pattern OUR_NAME =
      Pattern.compile("\\b(?:twinpath|http_server|jvm|process|system|netty)_[a-z_0-9]+");
  private static final Pattern SELECTOR = Pattern.compile("\\b([a-z_0-9:]+)\\{([^}]*)}");
  private static final Pattern MATCHER = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)\\s*\"");
  private static final Pattern RULE =
      Pattern.compile(
          "(?m)^ +- (?:record|alert): (\\S+)\\n +expr: (?:>-\\n)?((?:.|\\n)*?)(?=\\n +(?:- |for:|labels:|#)|\\n\\n|\\z)");

  /** The labels of every series that a full server shows. */
  private static final Map<String, Set<String>> SERIES = new TreeMap<>();

  private static JsonNode dashboard;

  @TempDir private Path folder;

  @BeforeAll
  static void read() throws Exception {
    for (MetricDefinition definition : MetricCatalogue.all()) {
      for (String series : definition.seriesNames()) {
        Set<String> labels = new HashSet<>(definition.labels());
        labels.add("le");
        SERIES.put(series, labels);
      }
    }
    try (AllMeters meters = new AllMeters()) {
      Matcher sample =
          Pattern.compile("(?m)^([a-z_0-9]+)(?:\\{(.*)})? \\S+$").matcher(meters.text());
      while (sample.find()) {
        Set<String> labels = SERIES.computeIfAbsent(sample.group(1), name -> new HashSet<>());
        Matcher label = MATCHER.matcher(sample.group(2) == null ? "" : sample.group(2));
        while (label.find()) {
          labels.add(label.group(1));
        }
      }
    }
    // Micrometer makes this timer with the first collection, which no test waits for.
    SERIES.put("jvm_gc_pause_seconds_sum", Set.of("action", "cause", "gc"));
    dashboard = new ObjectMapper().readTree(RESOURCES.resolve("grafana/twinpath.json").toFile());
  }

  @Test
  void theDashboardAsksOnlyForWhatExists() {
    assertThat(dashboardQueries()).hasSizeGreaterThan(40).allSatisfy(DashboardsTest::checkQuery);
  }

  @Test
  void theRulesAskOnlyForWhatExists() throws IOException {
    assertThat(rules()).hasSize(15).allSatisfy((name, query) -> checkQuery(query));
  }

  @Test
  void everyPanelIsExplainedOrPlainAndInItsPlace() {
    Set<Integer> ids = new HashSet<>();
    Set<String> taken = new HashSet<>();
    for (JsonNode panel : dashboard.get("panels")) {
      assertThat(ids.add(panel.get("id").asInt())).as("one id each: %s", panel.get("id")).isTrue();
      assertThat(panel.get("title").asText()).isNotBlank();
      JsonNode place = panel.get("gridPos");
      assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
      for (int x = 0; x < place.get("w").asInt(); x++) {
        for (int y = 0; y < place.get("h").asInt(); y++) {
          String cell = (place.get("x").asInt() + x) + "," + (place.get("y").asInt() + y);
          assertThat(taken.add(cell)).as("%s overlaps", panel.get("title")).isTrue();
        }
      }
    }
    assertThat(dashboard.get("schemaVersion").asInt()).isGreaterThanOrEqualTo(39);
    assertThat(dashboard.at("/templating/list/0/type").asText()).isEqualTo("datasource");
  }

  @Test
  void theQueriesParse() throws Exception {
    assumePromtool();
    StringBuilder rules = new StringBuilder("groups:\n  - name: dashboard\n    rules:\n");
    int number = 0;
    for (String query : dashboardQueries()) {
      String plain = query.replace("$__rate_interval", "1m").replace("$instance", ".*");
      rules.append("      - record: panel:query:").append(number++).append("\n        expr: '");
      rules.append(plain.replace("'", "''")).append("'\n");
    }
    Path file = Files.writeString(folder.resolve("dashboard.yml"), rules);
    assertThat(promtool("check", "rules", file.toString())).contains("SUCCESS");
  }

  @Test
  void theConfigurationAndTheRulesPassPromtool() throws Exception {
    assumePromtool();
    assertThat(
            promtool("check", "config", RESOURCES.resolve("prometheus/prometheus.yml").toString()))
        .contains("valid prometheus config file")
        .contains("15 rules found");
    Path tests =
        Path.of("..", "dashboards", "src", "test", "prometheus", "twinpath.rules.test.yml");
    assertThat(promtool("test", "rules", tests.toString())).contains("SUCCESS");
  }

  private static void checkQuery(String query) {
    String bare = query.replaceAll("\"[^\"]*\"", "\"\"");
    Matcher name = OUR_NAME.matcher(bare);
    Set<String> names = new TreeSet<>();
    while (name.find()) {
      names.add(name.group());
    }
    assertThat(SERIES.keySet()).as(query).containsAll(names);
    Matcher selector = SELECTOR.matcher(bare);
    while (selector.find()) {
      Set<String> labels = SERIES.get(selector.group(1));
      Matcher matcher = MATCHER.matcher(selector.group(2));
      while (labels != null && matcher.find()) {
        assertThat(matcher.group(1))
            .as("label of %s in %s", selector.group(1), query)
            .matches(label -> labels.contains(label) || Set.of("instance", "job").contains(label));
      }
    }
  }

  private static List<String> dashboardQueries() {
    List<String> queries = new ArrayList<>();
    for (JsonNode panel : dashboard.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(target.get("expr").asText());
      }
    }
    for (JsonNode annotation : dashboard.at("/annotations/list")) {
      if (annotation.has("expr")) {
        queries.add(annotation.get("expr").asText());
      }
    }
    return queries;
  }

  private static Map<String, String> rules() throws IOException {
    Map<String, String> rules = new TreeMap<>();
    Matcher rule = RULE.matcher(Files.readString(RULES));
    while (rule.find()) {
      rules.put(rule.group(1), rule.group(2));
    }
    return rules;
  }

  private static void assumePromtool() {
    boolean there = false;
    for (String directory : System.getenv("PATH").split(":")) {
      there |= Files.isExecutable(Path.of(directory, "promtool"));
    }
    assumeThat(there).as("promtool is on the PATH (Debian's package prometheus)").isTrue();
  }

  private static String promtool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
