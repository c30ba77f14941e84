package dev.twinpath.server.path;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Which path new connections take. Connections that are there already stay on theirs. Thread-safe.
 */
public final class PathSwitch {
  private final AtomicReference<DataPath> active;
  private final AtomicLongArray switches = new AtomicLongArray(DataPath.values().length);

  /** Starts with a path; this does not count as a switch. */
  public PathSwitch(DataPath initial) {
    active = new AtomicReference<>(initial);
  }

  /** The path of new connections. */
  public DataPath active() {
    return active.get();
  }

  /**
   * Makes a path the active one.
   *
   * @return the path that was active before
   */
  public DataPath activate(DataPath path) {
    DataPath before = active.getAndSet(path);
    if (before != path) {
      switches.incrementAndGet(before.ordinal());
    }
    return before;
  }

  /** How often the active path was changed from this one to the other. */
  public long switchesFrom(DataPath path) {
    return switches.get(path.ordinal());
  }
}
