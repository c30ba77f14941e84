package dev.twinpath.server.metrics;

import java.util.List;

/**
 * One metric family as users see it.
 *
 * @param name the name in PromQL, with {@code _total} on counters and {@code _info} on infos
 * @param labels the label names in order, {@code path} included where the family has it
 * @param help one sentence, the unit included where the name does not say it
 */
public record MetricDefinition(String name, MetricType type, List<String> labels, String help) {
  public MetricDefinition {
    labels = List.copyOf(labels);
    if (type == MetricType.COUNTER && !name.endsWith("_total")) {
      throw new IllegalArgumentException("A counter's name must end in _total: " + name);
    }
    if (type == MetricType.INFO && !name.endsWith("_info")) {
      throw new IllegalArgumentException("An info's name must end in _info: " + name);
    }
  }

  /** The name without the suffix that the exposition format adds. */
  public String baseName() {
    switch (type) {
      case COUNTER:
        return name.substring(0, name.length() - "_total".length());
      case INFO:
        return name.substring(0, name.length() - "_info".length());
      default:
        return name;
    }
  }

  /** The time series names that this family yields, for checking queries against the catalogue. */
  public List<String> seriesNames() {
    return type == MetricType.HISTOGRAM
        ? List.of(name + "_bucket", name + "_count", name + "_sum")
        : List.of(name);
  }
}
