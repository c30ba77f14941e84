package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TimerNode;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.Arrays;

/**
 * Connections in TIME_WAIT (RFC 9293 section 3.3.2): 76 bytes each in parallel arrays, no objects.
 * A hash by 4-tuple with chains, and one queue in order of expiry, since all wait equally long.
 */
final class TimeWaitTable extends TimerNode {
  static final int NONE = -1;
  private static final int BUCKETS = 1 << 12;
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

  private final TimerWheel wheel;
  private final StackCounters counters;
  private final int limit;
  private final long duration;
  private final int[] buckets = new int[BUCKETS];
  private long[] localHigh = new long[64];
  private long[] localLow = new long[64];
  private long[] remoteHigh = new long[64];
  private long[] remoteLow = new long[64];
  private int[] ports = new int[64];
  private int[] rcvNxt = new int[64];
  private int[] sndNxt = new int[64];
  private int[] window = new int[64];
  private int[] tsRecent = new int[64];
  private int[] tsOffset = new int[64];
  private long[] expiry = new long[64];
  private int[] chain = new int[64];
  private int[] newer = new int[64];
  private int[] older = new int[64];
  private boolean[] timestamps = new boolean[64];
  private int used;
  private int freeHead = NONE;
  private int oldest = NONE;
  private int newest = NONE;
  private int size;

  TimeWaitTable(TimerWheel wheel, StackCounters counters, int limit, long durationNanos) {
    this.wheel = wheel;
    this.counters = counters;
    this.limit = limit;
    duration = durationNanos;
    Arrays.fill(buckets, NONE);
  }

  int size() {
    return size;
  }

  /** A connection enters TIME_WAIT; the oldest entry makes room if the table is full. */
  void add(Connection c, long nowNanos) {
    if (limit == 0) {
      counters.increment(StackCounter.TIME_WAIT_OVERFLOW);
      return;
    }
    if (size >= limit) {
      counters.increment(StackCounter.TIME_WAIT_OVERFLOW);
      remove(oldest);
    }
    int entry = freeHead;
    if (entry != NONE) {
      freeHead = chain[entry];
    } else {
      entry = used++;
      if (entry == ports.length) {
        grow();
      }
    }
    localHigh[entry] = c.localHigh;
    localLow[entry] = c.localLow;
    remoteHigh[entry] = c.remoteHigh;
    remoteLow[entry] = c.remoteLow;
    ports[entry] = c.localPort << 16 | c.remotePort;
    rcvNxt[entry] = (int) c.rcvNxt;
    sndNxt[entry] = (int) c.sndNxt;
    window[entry] = (int) Math.min(65535, c.rcvWindowEdge - c.rcvNxt >> c.rcvWindowShift);
    timestamps[entry] = c.timestamps;
    tsRecent[entry] = c.tsRecent;
    tsOffset[entry] = c.timestampOffset;
    int bucket = bucket(entry);
    chain[entry] = buckets[bucket];
    buckets[bucket] = entry;
    size++;
    counters.increment(StackCounter.TIME_WAIT_ENTERED);
    counters.transition(null, TcpState.TIME_WAIT);
    enqueue(entry, nowNanos);
  }

  private void enqueue(int entry, long nowNanos) {
    expiry[entry] = nowNanos + duration;
    newer[entry] = NONE;
    older[entry] = newest;
    if (newest == NONE) {
      oldest = entry;
    } else {
      newer[newest] = entry;
    }
    newest = entry;
    wheel.armNoLaterThan(this, expiry[oldest]);
  }

  private void dequeue(int entry) {
    if (older[entry] == NONE) {
      oldest = newer[entry];
    } else {
      newer[older[entry]] = newer[entry];
    }
    if (newer[entry] == NONE) {
      newest = older[entry];
    } else {
      older[newer[entry]] = older[entry];
    }
  }

  /** The wait begins anew: the peer sent its FIN again. */
  void restart(int entry, long nowNanos) {
    dequeue(entry);
    enqueue(entry, nowNanos);
  }

  /** Finds an entry or {@link #NONE}. */
  int find(
      long localHigh,
      long localLow,
      int localPort,
      long remoteHigh,
      long remoteLow,
      int remotePort) {
    if (size == 0) {
      return NONE;
    }
    int both = localPort << 16 | remotePort;
    int entry = buckets[bucket(localHigh, localLow, remoteHigh, remoteLow, both)];
    while (entry != NONE
        && (ports[entry] != both
            || this.remoteLow[entry] != remoteLow
            || this.remoteHigh[entry] != remoteHigh
            || this.localLow[entry] != localLow
            || this.localHigh[entry] != localHigh)) {
      entry = chain[entry];
    }
    return entry;
  }

  void remove(int entry) {
    int bucket = bucket(entry);
    if (buckets[bucket] == entry) {
      buckets[bucket] = chain[entry];
    } else {
      int before = buckets[bucket];
      while (chain[before] != entry) {
        before = chain[before];
      }
      chain[before] = chain[entry];
    }
    dequeue(entry);
    chain[entry] = freeHead;
    freeHead = entry;
    size--;
    counters.transition(TcpState.TIME_WAIT, null);
  }

  int rcvNxt(int entry) {
    return rcvNxt[entry];
  }

  int sndNxt(int entry) {
    return sndNxt[entry];
  }

  int window(int entry) {
    return window[entry];
  }

  boolean timestamps(int entry) {
    return timestamps[entry];
  }

  int tsRecent(int entry) {
    return tsRecent[entry];
  }

  void tsRecent(int entry, int value) {
    tsRecent[entry] = value;
  }

  int tsOffset(int entry) {
    return tsOffset[entry];
  }

  @Override
  protected void onTimer(long nowNanos) {
    while (oldest != NONE && expiry[oldest] <= nowNanos) {
      remove(oldest);
    }
    if (oldest != NONE) {
      wheel.armNoLaterThan(this, expiry[oldest]);
    }
  }

  private void grow() {
    int length = 2 * ports.length;
    localHigh = Arrays.copyOf(localHigh, length);
    localLow = Arrays.copyOf(localLow, length);
    remoteHigh = Arrays.copyOf(remoteHigh, length);
    remoteLow = Arrays.copyOf(remoteLow, length);
    ports = Arrays.copyOf(ports, length);
    rcvNxt = Arrays.copyOf(rcvNxt, length);
    sndNxt = Arrays.copyOf(sndNxt, length);
    window = Arrays.copyOf(window, length);
    tsRecent = Arrays.copyOf(tsRecent, length);
    tsOffset = Arrays.copyOf(tsOffset, length);
    expiry = Arrays.copyOf(expiry, length);
    chain = Arrays.copyOf(chain, length);
    newer = Arrays.copyOf(newer, length);
    older = Arrays.copyOf(older, length);
    timestamps = Arrays.copyOf(timestamps, length);
  }

  private int bucket(int entry) {
    return bucket(
        localHigh[entry], localLow[entry], remoteHigh[entry], remoteLow[entry], ports[entry]);
  }

  private static int bucket(
      long localHigh, long localLow, long remoteHigh, long remoteLow, int ports) {
    long hash = (localHigh * MULTIPLIER ^ localLow) * MULTIPLIER;
    hash = ((hash ^ hash >>> 32 ^ remoteHigh) * MULTIPLIER ^ remoteLow) * MULTIPLIER;
    hash = (hash ^ hash >>> 32 ^ ports) * 0xbf58476d1ce4e5b9L;
    return (int) (hash >>> 40) & BUCKETS - 1;
  }
}
