package dev.twinpath.server.metrics;

/** The type of a metric family, as in the exposition format. */
public enum MetricType {
  COUNTER,
  GAUGE,
  HISTOGRAM,
  INFO
}
