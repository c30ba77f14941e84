package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A histogram family whose buckets the event loops count. The count is the sum of the buckets, so
 * that the two always agree; the sum is kept in whole nanoseconds, so that no observation is ever
 * lost to rounding.
 */
final class RecorderHistogram implements Collector {
  private static final double[] UPPER_BOUNDS = DurationBuckets.upperBoundsSeconds();

  private final RecorderBlock block;
  private final Map<DataPath, List<LoopRecorder>> recorders;

  RecorderHistogram(RecorderBlock block, Map<DataPath, List<LoopRecorder>> recorders) {
    this.block = block;
    this.recorders = recorders;
  }

  @Override
  public MetricSnapshot collect() {
    HistogramSnapshot.Builder snapshot =
        HistogramSnapshot.builder().name(getPrometheusName()).help(block.definition().help());
    recorders.forEach(
        (path, ofPath) -> {
          if (!ofPath.isEmpty()) {
            for (int i = 0; i < block.combinations(); i++) {
              collect(snapshot, path, ofPath, i);
            }
          }
        });
    return snapshot.build();
  }

  private void collect(
      HistogramSnapshot.Builder snapshot,
      DataPath path,
      List<LoopRecorder> ofPath,
      int combination) {
    long[] counts = new long[DurationBuckets.COUNT];
    long total = 0;
    long nanos = 0;
    int cell = block.cell(combination);
    for (LoopRecorder recorder : ofPath) {
      for (int bucket = 0; bucket < DurationBuckets.COUNT; bucket++) {
        long count = recorder.read(cell + bucket);
        counts[bucket] += count;
        total += count;
      }
      nanos += recorder.read(cell + DurationBuckets.COUNT);
    }
    if (total == 0 && block.sparse()) {
      return;
    }
    List<String> values = new ArrayList<>();
    values.add(path.label());
    values.addAll(block.labelValues(combination));
    snapshot.dataPoint(
        HistogramSnapshot.HistogramDataPointSnapshot.builder()
            .labels(Labels.of(block.definition().labels(), values))
            .classicHistogramBuckets(ClassicHistogramBuckets.of(UPPER_BOUNDS, counts))
            .sum(nanos / 1e9)
            .build());
  }

  @Override
  public String getPrometheusName() {
    return block.definition().baseName();
  }
}
