package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricFamilyDescriptor;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A histogram family whose buckets the event loops count. */
final class RecorderHistogram implements Collector {
  private final RecorderBlock block;
  private final Map<DataPath, List<LoopRecorder>> recorders;

  RecorderHistogram(RecorderBlock block, Map<DataPath, List<LoopRecorder>> recorders) {
    this.block = block;
    this.recorders = recorders;
  }

  @Override
  public MetricSnapshot collect() {
    HistogramSnapshot.Builder snapshot =
        HistogramSnapshot.builder()
            .name(block.definition().baseName())
            .help(block.definition().help());
    recorders.forEach(
        (path, ofPath) -> {
          for (int i = 0; i < block.combinations() && !ofPath.isEmpty(); i++) {
            DurationTotals totals = new DurationTotals();
            totals.add(ofPath, block.cell(i));
            if (totals.count() > 0 || block.shownAtZero(i)) {
              snapshot.dataPoint(point(path, i, totals));
            }
          }
        });
    return snapshot.build();
  }

  private HistogramSnapshot.HistogramDataPointSnapshot point(
      DataPath path, int combination, DurationTotals totals) {
    List<String> values = new ArrayList<>();
    values.add(path.label());
    values.addAll(block.labelValues(combination));
    return HistogramSnapshot.HistogramDataPointSnapshot.builder()
        .labels(Labels.of(block.definition().labels(), values))
        .classicHistogramBuckets(
            ClassicHistogramBuckets.of(block.scale().upperBounds(), totals.counts()))
        .sum(block.scale().shown(totals.sumNanos()))
        .build();
  }

  @Override
  public MetricFamilyDescriptor getMetricFamilyDescriptor() {
    return MetricFamilyDescriptor.histogram(block.definition().baseName()).build();
  }
}
