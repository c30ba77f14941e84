package dev.twinpath.server.metrics;

/**
 * One value of a metric label. Label values are closed sets: no client, URL or file ever becomes
 * one.
 */
public interface LabelValue {
  /** The text as it stands in the exposition format. */
  String label();
}
