package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.Collector;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/**
 * All meters of the server. Event loops count into {@link LoopRecorder}s; Micrometer polls them
 * when somebody scrapes. Counters and gauges are Micrometer's; histograms, which Micrometer cannot
 * take ready-made, are collectors beside them on the same Prometheus registry.
 *
 * <p>Safe for use by any thread. Nothing here runs on a data path's event loop after {@link
 * #recorder}.
 */
public final class ServerMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<DataPath, List<LoopRecorder>> recorders = new EnumMap<>(DataPath.class);
  private final Set<String> registeredSparse = new HashSet<>();
  private final List<Object> keptAlive = new ArrayList<>();

  /** Makes the registry. */
  public ServerMetrics() {
    for (DataPath path : DataPath.values()) {
      recorders.put(path, new java.util.concurrent.CopyOnWriteArrayList<>());
    }
    for (RecorderBlock block : RecorderLayout.blocks()) {
      if (block.definition().type() == MetricType.HISTOGRAM) {
        register(new RecorderHistogram(block, recorders));
      }
    }
  }

  /** The registry, for binders. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /**
   * The recorder of one event loop; the same one when asked again.
   *
   * @param loopIndex the loop's index within its path, from 0
   */
  public synchronized LoopRecorder recorder(DataPath path, int loopIndex) {
    List<LoopRecorder> ofPath = recorders.get(path);
    for (LoopRecorder recorder : ofPath) {
      if (recorder.loopIndex() == loopIndex) {
        return recorder;
      }
    }
    boolean first = ofPath.isEmpty();
    LoopRecorder recorder = new LoopRecorder(path, loopIndex);
    ofPath.add(recorder);
    if (first) {
      registerPath(path);
    }
    return recorder;
  }

  /** Every recorder of a path, in the order they were made. */
  public List<LoopRecorder> recorders(DataPath path) {
    return List.copyOf(recorders.get(path));
  }

  /**
   * Registers a counter of the catalogue that {@code value} reads; label values in the catalogue's
   * order.
   */
  public void counter(MetricDefinition definition, DoubleSupplier value, String... labelValues) {
    keep(value);
    FunctionCounter.builder(meterName(definition), value, DoubleSupplier::getAsDouble)
        .description(definition.help())
        .tags(tags(definition, List.of(labelValues)))
        .register(registry);
  }

  /**
   * Registers a gauge of the catalogue that {@code value} reads; label values in the catalogue's
   * order.
   */
  public void gauge(MetricDefinition definition, DoubleSupplier value, String... labelValues) {
    keep(value);
    Gauge.builder(
            meterName(definition),
            value,
            (ToDoubleFunction<DoubleSupplier>) DoubleSupplier::getAsDouble)
        .description(definition.help())
        .tags(tags(definition, List.of(labelValues)))
        .register(registry);
  }

  /** Registers an info of the catalogue; label values in the catalogue's order. */
  public void info(MetricDefinition definition, String... labelValues) {
    register(new InfoCollector(definition, List.of(labelValues)));
  }

  /** Registers a collector beside Micrometer's own. */
  void register(Collector collector) {
    registry.getPrometheusRegistry().register(collector);
  }

  /** Writes everything in the format that suits an Accept header best. */
  public Scrape scrape(String accept) {
    refresh();
    return Scrape.of(registry, accept);
  }

  @Override
  public void close() {
    registry.close();
  }

  /** Sum of one cell over the loops of a path. */
  long sum(DataPath path, int cell) {
    long sum = 0;
    for (LoopRecorder recorder : recorders.get(path)) {
      sum += recorder.read(cell);
    }
    return sum;
  }

  private void registerPath(DataPath path) {
    for (RecorderBlock block : RecorderLayout.blocks()) {
      if (block.definition().type() != MetricType.HISTOGRAM && !block.sparse()) {
        for (int i = 0; i < block.combinations(); i++) {
          registerCell(path, block, i);
        }
      }
    }
  }

  /** Combinations of sparse families appear with the first scrape after they first happened. */
  private synchronized void refresh() {
    for (RecorderBlock block : RecorderLayout.blocks()) {
      if (block.definition().type() == MetricType.HISTOGRAM || !block.sparse()) {
        continue;
      }
      for (DataPath path : DataPath.values()) {
        for (int i = 0; i < block.combinations(); i++) {
          if (sum(path, block.cell(i)) != 0 && registeredSparse.add(path + "/" + block.cell(i))) {
            registerCell(path, block, i);
          }
        }
      }
    }
  }

  private void registerCell(DataPath path, RecorderBlock block, int combination) {
    List<String> values = new ArrayList<>();
    values.add(path.label());
    values.addAll(block.labelValues(combination));
    int cell = block.cell(combination);
    DoubleSupplier value = () -> sum(path, cell);
    String[] labels = values.toArray(new String[0]);
    if (block.definition().type() == MetricType.GAUGE) {
      gauge(block.definition(), value, labels);
    } else {
      counter(block.definition(), value, labels);
    }
  }

  /** Micrometer holds the objects it polls weakly. */
  private synchronized void keep(Object polled) {
    keptAlive.add(polled);
  }

  /** Dots, so that Micrometer's own naming convention gives back the catalogue's name. */
  private static String meterName(MetricDefinition definition) {
    return definition.baseName().replace('_', '.');
  }

  private static Iterable<Tag> tags(MetricDefinition definition, List<String> values) {
    if (values.size() != definition.labels().size()) {
      throw new IllegalArgumentException(
          definition.name() + " has the labels " + definition.labels() + ", not " + values);
    }
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      tags.add(Tag.of(definition.labels().get(i), values.get(i)));
    }
    return Tags.of(tags);
  }

  /** Every meter that Micrometer knows, for tests. */
  List<Meter> meters() {
    return registry.getMeters();
  }
}
