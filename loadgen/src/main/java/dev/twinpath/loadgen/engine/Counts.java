package dev.twinpath.loadgen.engine;

import java.util.EnumMap;
import java.util.Map;

/**
 * What was counted over some span of a run.
 *
 * @param sent requests handed to a connection
 * @param succeeded responses that came whole and were right
 * @param bodyBytes bytes of bodies, of failed responses too
 * @param connections connections that were made
 * @param errors failed requests by kind; every kind is there
 */
public record Counts(
    long sent, long succeeded, long bodyBytes, long connections, Map<ErrorKind, Long> errors) {

  /** Nothing. */
  public static final Counts NONE = new Counts(0, 0, 0, 0, new EnumMap<>(ErrorKind.class));

  /** Fills in the kinds that are not there. */
  public Counts {
    Map<ErrorKind, Long> all = new EnumMap<>(ErrorKind.class);
    for (ErrorKind kind : ErrorKind.values()) {
      all.put(kind, errors.getOrDefault(kind, 0L));
    }
    errors = all;
  }

  /** Returns the failed requests of all kinds. */
  public long failed() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns the failed requests of one kind. */
  public long errors(ErrorKind kind) {
    return errors.get(kind);
  }

  /** Returns both together. */
  public Counts plus(Counts other) {
    Map<ErrorKind, Long> all = new EnumMap<>(ErrorKind.class);
    errors.forEach((kind, count) -> all.put(kind, count + other.errors(kind)));
    return new Counts(
        sent + other.sent,
        succeeded + other.succeeded,
        bodyBytes + other.bodyBytes,
        connections + other.connections,
        all);
  }
}
