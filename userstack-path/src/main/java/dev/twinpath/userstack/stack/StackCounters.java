package dev.twinpath.userstack.stack;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A shard's counts: plain longs that only the shard's thread writes. Any thread may read; it may
 * see values that are a moment old.
 */
public final class StackCounters {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
  private static final StackCounter[] ALL = StackCounter.values();

  // Padded at both ends so that two shards' counters do not share a cache line.
  private static final int PAD = 16;
  private final long[] values = new long[ALL.length + 2 * PAD];
  private final int[] states = new int[TcpState.values().length + 2 * PAD];

  /** Adds one. Shard's thread. */
  public void increment(StackCounter counter) {
    values[PAD + counter.ordinal()]++;
  }

  /** Adds many. Shard's thread. */
  public void add(StackCounter counter, long amount) {
    values[PAD + counter.ordinal()] += amount;
  }

  /** The count now. Any thread. */
  public long get(StackCounter counter) {
    return (long) LONGS.getOpaque(values, PAD + counter.ordinal());
  }

  /** Connections in a state now. Any thread. */
  public int connections(TcpState state) {
    return (int) INTS.getOpaque(states, PAD + state.ordinal());
  }

  /** A connection changed its state; null = it came into being or went away. Shard's thread. */
  public void transition(TcpState from, TcpState to) {
    if (from != null) {
      states[PAD + from.ordinal()]--;
    }
    if (to != null) {
      states[PAD + to.ordinal()]++;
    }
  }
}
