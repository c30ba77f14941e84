package dev.twinpath.server.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * A run of cells in every {@link LoopRecorder}: one metric family, its label values as dimensions
 * in row-major order, and one cell per combination (a histogram: one cell per bucket and one for
 * the sum in nanoseconds).
 */
final class RecorderBlock {
  /** Cells per combination of a histogram: the buckets, then the sum. */
  static final int HISTOGRAM_WIDTH = DurationBuckets.COUNT + 1;

  private final MetricDefinition definition;
  private final LabelValue[][] dimensions;
  private final IntPredicate shownAtZero;
  private final int offset;
  private final int width;
  private final int combinations;

  /**
   * @param shownAtZero which combinations are shown before they ever happened; few, in families
   *     with many that never do
   */
  RecorderBlock(
      MetricDefinition definition,
      int offset,
      IntPredicate shownAtZero,
      LabelValue[]... dimensions) {
    if (definition.labels().size() != dimensions.length + 1) {
      throw new IllegalArgumentException(definition.name() + ": labels and dimensions differ");
    }
    this.definition = definition;
    this.offset = offset;
    this.shownAtZero = shownAtZero;
    this.dimensions = dimensions;
    this.width = definition.type() == MetricType.HISTOGRAM ? HISTOGRAM_WIDTH : 1;
    int product = 1;
    for (LabelValue[] dimension : dimensions) {
      product *= dimension.length;
    }
    this.combinations = product;
  }

  MetricDefinition definition() {
    return definition;
  }

  /** What the histogram's buckets count; the family's name says it. */
  BucketScale scale() {
    return definition.name().endsWith("_bytes") ? BucketScale.BYTES : BucketScale.DURATION;
  }

  boolean isHistogram() {
    return definition.type() == MetricType.HISTOGRAM;
  }

  boolean shownAtZero(int combination) {
    return shownAtZero.test(combination);
  }

  int offset() {
    return offset;
  }

  int end() {
    return offset + combinations * width;
  }

  int combinations() {
    return combinations;
  }

  /** The first cell of a combination. */
  int cell(int combination) {
    return offset + combination * width;
  }

  /** The label values of a combination, without the path. */
  List<String> labelValues(int combination) {
    List<String> values = new ArrayList<>();
    int rest = combination;
    for (int i = dimensions.length - 1; i >= 0; i--) {
      values.add(0, dimensions[i][rest % dimensions[i].length].label());
      rest /= dimensions[i].length;
    }
    return values;
  }
}
