package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.DoubleSupplier;

/**
 * All meters of the server. Event loops count into {@link LoopRecorder}s; Micrometer polls them
 * when somebody scrapes. Counters and gauges are Micrometer's; histograms, which Micrometer cannot
 * take ready-made, are collectors beside them on the same Prometheus registry.
 *
 * <p>Safe for use by any thread. Event loops come here once, for their recorder.
 */
public final class ServerMetrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<DataPath, List<LoopRecorder>> recorders = new EnumMap<>(DataPath.class);
  private final Map<DataPath, Set<Integer>> registeredCells = new EnumMap<>(DataPath.class);
  private final List<Runnable> scrapeTasks = new CopyOnWriteArrayList<>();
  private final Map<SeriesKey, PolledSources> series = new ConcurrentHashMap<>();

  /** Makes the registry, with the histograms of every event loop to come. */
  public ServerMetrics() {
    for (DataPath path : DataPath.values()) {
      recorders.put(path, new CopyOnWriteArrayList<>());
      registeredCells.put(path, new HashSet<>());
    }
    for (RecorderBlock block : RecorderLayout.blocks()) {
      if (block.isHistogram()) {
        registry.getPrometheusRegistry().register(new RecorderHistogram(block, recorders));
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
    LoopRecorder recorder = new LoopRecorder(path, loopIndex);
    ofPath.add(recorder);
    registerCells(path);
    return recorder;
  }

  /** Every recorder of a path, in the order they were made. */
  public List<LoopRecorder> recorders(DataPath path) {
    return List.copyOf(recorders.get(path));
  }

  /**
   * Registers a source of a counter of the catalogue; sources with the same label values add up.
   *
   * @param labelValues in the catalogue's order
   */
  public void counter(MetricDefinition definition, DoubleSupplier source, String... labelValues) {
    register(
        definition,
        source,
        List.of(labelValues),
        (sources, tags) ->
            FunctionCounter.builder(meterName(definition), sources, PolledSources::sum)
                .description(definition.help())
                .tags(tags)
                .register(registry));
  }

  /**
   * Registers a source of a gauge of the catalogue; sources with the same label values add up.
   *
   * @param labelValues in the catalogue's order
   */
  public void gauge(MetricDefinition definition, DoubleSupplier source, String... labelValues) {
    register(
        definition,
        source,
        List.of(labelValues),
        (sources, tags) ->
            Gauge.builder(meterName(definition), sources, PolledSources::sum)
                .description(definition.help())
                .tags(tags)
                .register(registry));
  }

  /** Registers an info of the catalogue; label values in the catalogue's order. */
  public void info(MetricDefinition definition, String... labelValues) {
    registry.getPrometheusRegistry().register(new InfoCollector(definition, List.of(labelValues)));
  }

  /** Counts the CPU time of a thread that belongs to no path under its role. */
  public void countThread(Thread thread, CpuRole role) {
    CpuTime time = new CpuTime(thread);
    counter(MetricCatalogue.CPU_SECONDS, () -> time.totalNanos() / 1e9, "", role.label());
  }

  /** Has something done at every scrape, by the thread that scrapes, before anything is read. */
  public void onScrape(Runnable task) {
    scrapeTasks.add(task);
  }

  /** Writes everything in the format that suits an Accept header best. */
  public Scrape scrape(String accept) {
    scrapeTasks.forEach(Runnable::run);
    for (DataPath path : DataPath.values()) {
      if (!recorders.get(path).isEmpty()) {
        registerCells(path);
      }
    }
    return Scrape.of(registry, accept);
  }

  /**
   * Calls {@code consumer} with the label values and the present value of every series of a counter
   * or gauge.
   */
  public void forEachSeries(
      MetricDefinition definition, BiConsumer<List<String>, Double> consumer) {
    series.forEach(
        (key, sources) -> {
          if (key.definition().equals(definition)) {
            consumer.accept(key.labelValues(), sources.sum());
          }
        });
  }

  /**
   * The present buckets of a recorder's histogram, not cumulated, over all label values of one
   * path.
   */
  public DurationTotals durations(MetricDefinition histogram, DataPath path) {
    DurationTotals totals = new DurationTotals();
    for (RecorderBlock block : RecorderLayout.blocks()) {
      if (block.definition().equals(histogram)) {
        for (int i = 0; i < block.combinations(); i++) {
          totals.add(recorders.get(path), block.cell(i));
        }
      }
    }
    return totals;
  }

  @Override
  public void close() {
    registry.close();
  }

  /**
   * Registers the counters and gauges of a path's cells that are not registered yet. Combinations
   * that are not shown at zero appear with the first scrape after they happened.
   */
  private synchronized void registerCells(DataPath path) {
    for (RecorderBlock block : RecorderLayout.blocks()) {
      for (int i = 0; i < block.combinations() && !block.isHistogram(); i++) {
        int cell = block.cell(i);
        if ((block.shownAtZero(i) || sum(path, cell) != 0) && registeredCells.get(path).add(cell)) {
          registerCell(path, block, i);
        }
      }
    }
  }

  private void registerCell(DataPath path, RecorderBlock block, int combination) {
    List<String> values = new ArrayList<>();
    values.add(path.label());
    values.addAll(block.labelValues(combination));
    int cell = block.cell(combination);
    DoubleSupplier source = () -> sum(path, cell);
    String[] labels = values.toArray(new String[0]);
    if (block.definition().type() == MetricType.GAUGE) {
      gauge(block.definition(), source, labels);
    } else {
      counter(block.definition(), source, labels);
    }
  }

  private long sum(DataPath path, int cell) {
    long sum = 0;
    for (LoopRecorder recorder : recorders.get(path)) {
      sum += recorder.read(cell);
    }
    return sum;
  }

  /** Micrometer holds what it polls weakly; {@link #series} holds it strongly. */
  private void register(
      MetricDefinition definition,
      DoubleSupplier source,
      List<String> labelValues,
      BiConsumer<PolledSources, Tags> first) {
    Tags tags = Tags.empty();
    if (labelValues.size() != definition.labels().size()) {
      throw new IllegalArgumentException(
          definition.name() + " has the labels " + definition.labels() + ", not " + labelValues);
    }
    for (int i = 0; i < labelValues.size(); i++) {
      tags = tags.and(definition.labels().get(i), labelValues.get(i));
    }
    PolledSources sources = new PolledSources();
    PolledSources known = series.putIfAbsent(new SeriesKey(definition, labelValues), sources);
    if (known != null) {
      known.add(source);
      return;
    }
    sources.add(source);
    first.accept(sources, tags);
  }

  /** Dots, so that Micrometer's own naming convention gives back the catalogue's name. */
  private static String meterName(MetricDefinition definition) {
    return definition.baseName().replace('_', '.');
  }

  private record SeriesKey(MetricDefinition definition, List<String> labelValues) {}
}
