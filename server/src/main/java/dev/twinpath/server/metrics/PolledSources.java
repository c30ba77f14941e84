package dev.twinpath.server.metrics;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;

/**
 * One time series whose value is the sum of what several owners count: the shards, the queues, the
 * loops.
 */
final class PolledSources {
  private final List<DoubleSupplier> sources = new CopyOnWriteArrayList<>();

  void add(DoubleSupplier source) {
    sources.add(source);
  }

  double sum() {
    double sum = 0;
    for (DoubleSupplier source : sources) {
      sum += source.getAsDouble();
    }
    return sum;
  }
}
