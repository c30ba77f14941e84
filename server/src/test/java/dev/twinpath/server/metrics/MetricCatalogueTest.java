package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The names that dashboards depend on: as agreed, and as they really come out. */
class MetricCatalogueTest {
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\S+)$");
  private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z_0-9]+)(?:\\{(.*)})? \\S+$");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

  @Test
  void theAgreedCatalogueIsThere() throws IOException {
    List<String> ours =
        MetricCatalogue.all().stream()
            .map(d -> (d.name() + " " + type(d) + " " + String.join(" ", d.labels())).strip())
            .toList();
    assertThat(ours).containsAll(agreed()).doesNotHaveDuplicates();
  }

  @Test
  void everyFamilyComesOutUnderItsNameAndType() throws Exception {
    Map<String, String> types = new TreeMap<>();
    try (AllMeters meters = new AllMeters()) {
      Matcher line = TYPE.matcher(meters.text());
      while (line.find()) {
        types.put(line.group(1), line.group(2));
      }
    }
    for (MetricDefinition definition : MetricCatalogue.all()) {
      // The text format 0.0.4 has no infos: they are gauges there.
      String type = definition.type() == MetricType.INFO ? "gauge" : type(definition);
      assertThat(types).containsEntry(definition.name(), type);
    }
    Set<String> known =
        MetricCatalogue.all().stream().map(MetricDefinition::name).collect(Collectors.toSet());
    assertThat(types.keySet())
        .filteredOn(name -> name.startsWith("twinpath_") || name.startsWith("http_server_"))
        .allMatch(known::contains, "is in the catalogue");
  }

  @Test
  void everySampleHasExactlyTheLabelsOfItsFamily() throws Exception {
    Map<String, MetricDefinition> bySeries = new TreeMap<>();
    for (MetricDefinition definition : MetricCatalogue.all()) {
      definition.seriesNames().forEach(name -> bySeries.put(name, definition));
    }
    Set<String> seen = new TreeSet<>();
    try (AllMeters meters = new AllMeters()) {
      Matcher sample = SAMPLE.matcher(meters.text());
      while (sample.find()) {
        MetricDefinition definition = bySeries.get(sample.group(1));
        if (definition == null) {
          continue;
        }
        seen.add(sample.group(1));
        Set<String> labels = new TreeSet<>();
        Matcher label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
        while (label.find()) {
          labels.add(label.group(1));
        }
        labels.remove("le");
        assertThat(labels)
            .as(sample.group())
            .containsExactlyInAnyOrderElementsOf(definition.labels());
      }
    }
    assertThat(seen).containsAll(bySeries.keySet());
  }

  @Test
  void theBindersOfMicrometerAreThere() throws Exception {
    try (AllMeters meters = new AllMeters()) {
      assertThat(meters.text())
          .contains("jvm_memory_used_bytes{")
          .contains("process_files_open_files ")
          .contains("process_cpu_usage ")
          .contains("jvm_threads_live_threads ")
          .contains("netty_allocator_memory_used{");
    }
  }

  private static String type(MetricDefinition definition) {
    return definition.type().name().toLowerCase(java.util.Locale.ROOT);
  }

  private static List<String> agreed() throws IOException {
    try (InputStream in = MetricCatalogueTest.class.getResourceAsStream("/metric-catalogue.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .toList();
    }
  }
}
