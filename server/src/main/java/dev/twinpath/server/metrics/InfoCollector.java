package dev.twinpath.server.metrics;

import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;

/** A family that is constantly 1 and says something by its labels. */
final class InfoCollector implements Collector {
  private final MetricDefinition definition;
  private final MetricSnapshot snapshot;

  InfoCollector(MetricDefinition definition, List<String> values) {
    this.definition = definition;
    this.snapshot =
        InfoSnapshot.builder()
            .name(definition.baseName())
            .help(definition.help())
            .dataPoint(
                InfoSnapshot.InfoDataPointSnapshot.builder()
                    .labels(Labels.of(definition.labels(), values))
                    .build())
            .build();
  }

  @Override
  public MetricSnapshot collect() {
    return snapshot;
  }

  @Override
  public MetricFamilyDescriptor getMetricFamilyDescriptor() {
    return MetricFamilyDescriptor.info(definition.baseName()).build();
  }
}
