package dev.twinpath.loadgen.engine;

import java.util.EnumMap;
import java.util.Map;

/**
 * The counters behind {@link Counts}: plain longs of one event loop. Other threads may read a
 * little stale values for the progress line.
 */
final class Tally {
  long sent;
  long succeeded;
  long bodyBytes;
  long connections;
  final long[] errors = new long[ErrorKind.count()];

  Counts snapshot() {
    Map<ErrorKind, Long> byKind = new EnumMap<>(ErrorKind.class);
    for (ErrorKind kind : ErrorKind.values()) {
      byKind.put(kind, errors[kind.ordinal()]);
    }
    return new Counts(sent, succeeded, bodyBytes, connections, byKind);
  }
}
