package dev.twinpath.loadgen.engine;

/**
 * Hands out the requests of a schedule in order.
 *
 * <p>A request that is due and has not been sent is the backlog; because requests leave in order,
 * the backlog needs no queue, only the number of the next request. Single-threaded.
 */
final class Pacer {
  /** No request is to come. */
  static final long NEVER = Long.MAX_VALUE;

  private final ConstantRate schedule;
  private long endNanos;
  private long next;
  private long nextIntended;

  Pacer(ConstantRate schedule, long endNanos) {
    this.schedule = schedule;
    this.endNanos = endNanos;
    load();
  }

  private void load() {
    long intended = schedule.intendedNanos(next);
    nextIntended = intended - endNanos >= 0 ? NEVER : intended;
  }

  /** Returns when the next request is due, {@link #NEVER} after the end. */
  long nextIntendedNanos() {
    return nextIntended;
  }

  boolean due(long now) {
    return nextIntended != NEVER && nextIntended - now <= 0;
  }

  /** Takes the next request, returning its intended time. */
  long take() {
    long intended = nextIntended;
    next++;
    load();
    return intended;
  }

  /** Makes the schedule end earlier: nothing intended at or after this is handed out. */
  void endAt(long nanos) {
    if (nanos - endNanos < 0) {
      endNanos = nanos;
      load();
    }
  }

  /** Returns the number of requests handed out. */
  long taken() {
    return next;
  }
}
