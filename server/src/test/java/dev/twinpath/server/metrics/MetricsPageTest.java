package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Keeps the tables of docs/metrics.md equal to the catalogue. After a change of the catalogue, run
 * this test with {@code -Dtwinpath.update=true}: it writes the tables anew.
 */
class MetricsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "metrics.md");

  @Test
  void thePageHasTheCatalogue() throws IOException {
    check("catalogue", catalogue());
  }

  @Test
  void thePageHasTheLabelValues() throws IOException {
    check("labels", labels());
  }

  private static void check(String name, String table) throws IOException {
    String begin = "<!-- begin " + name + " -->\n";
    String end = "<!-- end " + name + " -->\n";
    String page = Files.readString(PAGE);
    int from = page.indexOf(begin) + begin.length();
    int to = page.indexOf(end);
    if (Boolean.getBoolean("twinpath.update")) {
      Files.writeString(PAGE, page.substring(0, from) + table + page.substring(to));
      return;
    }
    assertThat(page.substring(from, to)).as("the table '%s' of %s", name, PAGE).isEqualTo(table);
  }

  private static String catalogue() {
    StringBuilder table = new StringBuilder("| name | type | labels | |\n|---|---|---|---|\n");
    for (MetricDefinition d : MetricCatalogue.all()) {
      String labels =
          d.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(" "));
      table.append(
          String.format(
              "| `%s` | %s | %s | %s |\n",
              d.name(), d.type().name().toLowerCase(Locale.ROOT), labels, d.help()));
    }
    return table.toString();
  }

  private static String labels() {
    Map<String, LabelValue[]> values = new LinkedHashMap<>();
    values.put("`method`", RequestMethod.values());
    values.put("`status_class`", StatusClass.values());
    values.put("`protocol` of requests", HttpProtocol.values());
    values.put("`protocol` of connections", ConnectionProtocol.values());
    values.put("`mode`", BodyMode.values());
    values.put("`kind`", RangeKind.values());
    values.put("`result` of ranges", RangeResult.values());
    values.put("`reason`", CloseReason.values());
    values.put("`direction` of FTP", TransferDirection.values());
    values.put("`stage`", CopyStage.values());
    values.put("`role`", CpuRole.values());
    values.put("`result` of the cache", CacheResult.values());
    values.put("`result` of polling", PollResult.values());
    values.put("`change`", ContentChange.values());
    StringBuilder table = new StringBuilder("| label | values |\n|---|---|\n");
    values.forEach(
        (label, all) ->
            table
                .append("| ")
                .append(label)
                .append(" | ")
                .append(Arrays.stream(all).map(LabelValue::label).collect(Collectors.joining(", ")))
                .append(" |\n"));
    return table.toString();
  }
}
