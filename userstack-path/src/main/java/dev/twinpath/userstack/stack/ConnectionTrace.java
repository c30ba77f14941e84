package dev.twinpath.userstack.stack;

/**
 * The last events of one connection, in a ring of fixed size: recording allocates nothing, and the
 * oldest event makes room. On the shard's thread only.
 */
public final class ConnectionTrace {
  /** Events that a trace may hold. */
  public static final int MAX_EVENTS = 1 << 16;

  private static final int WORDS = 7;

  private final long[] words;
  private final int mask;
  private long recorded;
  private long connection = -1;
  private boolean ended;

  /** Takes what {@link #forEach} visits. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * One event; {@link TraceEvent} says what a to e are.
     *
     * @param index counts from 0, the first event of the trace
     * @param nanos when, by the shard's clock
     */
    void event(long index, long nanos, TraceEvent event, long a, long b, long c, long d, long e);
  }

  /**
   * Creates an empty trace.
   *
   * @param events how many it holds, rounded up to a power of two; 1..{@link #MAX_EVENTS}
   */
  public ConnectionTrace(int events) {
    if (events < 1 || events > MAX_EVENTS) {
      throw new IllegalArgumentException(
          "a trace holds from 1 to " + MAX_EVENTS + " events, not " + events);
    }
    int size = events == 1 ? 1 : Integer.highestOneBit(events - 1) << 1;
    words = new long[size * WORDS];
    mask = size - 1;
  }

  /** Says whose trace it is. For the stack. */
  public void attach(long connectionId) {
    connection = connectionId;
  }

  /** Records an event. For the stack. */
  public void record(long nanos, TraceEvent event, long a, long b, long c, long d, long e) {
    int at = (int) (recorded++ & mask) * WORDS;
    words[at] = nanos;
    words[at + 1] = event.ordinal();
    words[at + 2] = a;
    words[at + 3] = b;
    words[at + 4] = c;
    words[at + 5] = d;
    words[at + 6] = e;
    ended |= event == TraceEvent.CLOSED;
  }

  /** Whose trace it is, as {@link TcpConnection#id}; -1 = none came yet. */
  public long connection() {
    return connection;
  }

  /** Events recorded so far, those that had to make room included. */
  public long recorded() {
    return recorded;
  }

  /** Whether the connection is over, and no event will follow. */
  public boolean isEnded() {
    return ended;
  }

  /**
   * Visits events in order.
   *
   * @param from index of the first wanted
   * @return how many from {@code from} on had to make room and were not visited
   */
  public long forEach(long from, Visitor visitor) {
    long first = Math.max(Math.max(0, from), recorded - mask - 1);
    TraceEvent[] kinds = TraceEvent.values();
    for (long i = first; i < recorded; i++) {
      int at = (int) (i & mask) * WORDS;
      visitor.event(
          i,
          words[at],
          kinds[(int) words[at + 1]],
          words[at + 2],
          words[at + 3],
          words[at + 4],
          words[at + 5],
          words[at + 6]);
    }
    return Math.max(0, first - Math.max(0, from));
  }
}
