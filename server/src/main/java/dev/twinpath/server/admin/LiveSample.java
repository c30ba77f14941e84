package dev.twinpath.server.admin;

import dev.twinpath.server.metrics.BuildInfo;
import dev.twinpath.server.metrics.DurationBuckets;
import dev.twinpath.server.metrics.DurationTotals;
import dev.twinpath.server.metrics.MetricCatalogue;
import dev.twinpath.server.metrics.MetricDefinition;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * What the live page asks for every second: totals since the start, from which the page makes rates
 * and percentiles of its own. Nothing is kept here between two samples, so any number of pages may
 * look.
 */
final class LiveSample {
  private final AdminContext context;
  private final ServerMetrics metrics;
  private final BuildInfo build = BuildInfo.current();
  private final LongSupplier nanoClock;
  private final long startedNanos;

  LiveSample(AdminContext context, ServerMetrics metrics, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.startedNanos = nanoClock.getAsLong();
    this.context = context;
    this.metrics = metrics;
  }

  Map<String, Object> take() {
    Map<String, Object> sample = new LinkedHashMap<>();
    sample.put("uptimeSeconds", (nanoClock.getAsLong() - startedNanos) / 1e9);
    sample.put("version", build.version());
    sample.put("active", context.activePath().label());
    sample.put("notReady", context.notReady());
    sample.put(
        "bucketUpperBoundsSeconds",
        Arrays.copyOf(DurationBuckets.upperBoundsSeconds(), DurationBuckets.COUNT - 1));
    Map<String, Object> paths = new LinkedHashMap<>();
    for (DataPath path : DataPath.values()) {
      paths.put(path.label(), ofPath(path));
    }
    sample.put("paths", paths);
    sample.put("sharedCpuSeconds", byLabel(MetricCatalogue.CPU_SECONDS, "", 1));
    return sample;
  }

  private Map<String, Object> ofPath(DataPath path) {
    String label = path.label();
    Map<String, Object> map = new LinkedHashMap<>();
    Optional<String> unavailable = context.unavailable(path);
    map.put("available", unavailable.isEmpty());
    map.put("unavailable", unavailable.orElse(""));
    DurationTotals requests = metrics.durations(MetricCatalogue.HTTP_REQUEST_DURATION, path);
    map.put("requests", requests.count());
    map.put("requestBuckets", requests.counts());
    map.put(
        "firstByteBuckets",
        metrics.durations(MetricCatalogue.HTTP_TIME_TO_FIRST_BYTE, path).counts());
    map.put("activeRequests", total(MetricCatalogue.HTTP_ACTIVE_REQUESTS, label));
    map.put("bodyBytes", byLabel(MetricCatalogue.HTTP_RESPONSE_BODY_BYTES, label, 1));
    map.put("ftpBytes", total(MetricCatalogue.FTP_TRANSFER_BYTES, label));
    map.put("connections", byLabel(MetricCatalogue.CONNECTIONS, label, 1));
    map.put("copiedBytes", byLabel(MetricCatalogue.COPIED_BYTES, label, 1));
    map.put("cpuSeconds", byLabel(MetricCatalogue.CPU_SECONDS, label, 1));
    map.put("segments", byLabel(MetricCatalogue.TCP_SEGMENTS, label, 1));
    map.put("retransmitted", total(MetricCatalogue.TCP_RETRANSMITTED_SEGMENTS, label));
    map.put("drops", total(MetricCatalogue.NIC_DROPS, label));
    return map;
  }

  private double total(MetricDefinition definition, String path) {
    double total = 0;
    for (double value : byLabel(definition, path, 0).values()) {
      total += value;
    }
    return total;
  }

  /**
   * The series of one path, added up by the label at an index of the definition; index 0 is the
   * path itself.
   */
  private Map<String, Double> byLabel(MetricDefinition definition, String path, int index) {
    Map<String, Double> values = new TreeMap<>();
    metrics.forEachSeries(
        definition,
        (labels, value) -> {
          if (labels.get(0).equals(path)) {
            values.merge(labels.get(index), value, Double::sum);
          }
        });
    return values;
  }
}
