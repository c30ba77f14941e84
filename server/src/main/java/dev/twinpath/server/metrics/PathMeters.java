package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import dev.twinpath.server.path.PathSwitch;

/** The meters of the switch between the paths. */
public final class PathMeters {
  private PathMeters() {}

  /** Registers which path is active, and the flips. */
  public static void bind(ServerMetrics metrics, PathSwitch paths) {
    for (DataPath path : DataPath.values()) {
      metrics.gauge(
          MetricCatalogue.PATH_ACTIVE, () -> paths.active() == path ? 1 : 0, path.label());
      metrics.counter(
          MetricCatalogue.PATH_SWITCHES,
          () -> paths.switchesFrom(path),
          path.label(),
          path.other().label());
    }
  }
}
