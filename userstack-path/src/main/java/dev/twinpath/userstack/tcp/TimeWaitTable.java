package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.NicFlows;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TimeWaitInfo;
import dev.twinpath.userstack.stack.TimerNode;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Connections in TIME_WAIT (RFC 9293 section 3.3.2), and those in FIN_WAIT_2 that the application
 * has closed: 90 bytes each in parallel arrays, no objects. A hash by 4-tuple with chains, and for
 * either state a queue in order of expiry, since all in it wait equally long.
 *
 * <p>The NIC keeps the flow of an entry, so that what comes late still comes to this shard, and no
 * other shard takes the 4-tuple meanwhile.
 */
final class TimeWaitTable extends TimerNode {
  static final int NONE = -1;

  /** The NIC's tag of every flow in the table; no slot has that number. */
  static final int FLOW_TAG = Integer.MAX_VALUE;

  private static final int WAIT = 0;
  private static final int FIN_WAIT_2 = 1;
  private static final int ACK_INTERVAL = 500;
  private static final int BUCKETS = 1 << 12;
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

  private final TimerWheel wheel;
  private final StackCounters counters;
  private final int limit;
  private final NicFlows flows;
  private final long[] durations;
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
  private int[] tsSeconds = new int[64];
  private int[] lastAck = new int[64];
  private byte[] windowShift = new byte[64];
  private byte[] queue = new byte[64];
  private long[] expiry = new long[64];
  private int[] chain = new int[64];
  private int[] newer = new int[64];
  private int[] older = new int[64];
  private boolean[] timestamps = new boolean[64];
  private int used;
  private int freeHead = NONE;
  private final int[] oldest = {NONE, NONE};
  private final int[] newest = {NONE, NONE};
  private int size;

  TimeWaitTable(
      TimerWheel wheel,
      StackCounters counters,
      NicFlows flows,
      int limit,
      long timeWaitNanos,
      long finWait2Nanos) {
    this.wheel = wheel;
    this.counters = counters;
    this.flows = flows;
    this.limit = limit;
    durations = new long[] {timeWaitNanos, Math.min(finWait2Nanos, timeWaitNanos)};
    Arrays.fill(buckets, NONE);
  }

  int size() {
    return size;
  }

  /** How long an entry stays in FIN_WAIT_2. */
  long finWait2Nanos() {
    return durations[FIN_WAIT_2];
  }

  /**
   * A connection enters TIME_WAIT or, closed by the application, waits in FIN_WAIT_2 without its
   * control block. The entry that ends next makes room if the table is full.
   */
  void add(Connection c, boolean finWait2, long nowNanos) {
    if (limit == 0) {
      counters.increment(StackCounter.TIME_WAIT_OVERFLOW);
      return;
    }
    if (size >= limit) {
      counters.increment(StackCounter.TIME_WAIT_OVERFLOW);
      removeFirst();
    }
    // The flow is this queue's already: only its tag changes.
    c.flowInTimeWait =
        flows.insert(
            c.localHigh,
            c.localLow,
            c.localPort,
            c.remoteHigh,
            c.remoteLow,
            c.remotePort,
            FLOW_TAG);
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
    window[entry] = (int) Math.max(0, c.rcvWindowEdge - c.rcvNxt);
    windowShift[entry] = (byte) c.rcvWindowShift;
    lastAck[entry] = (int) (nowNanos / 1_000_000L) - ACK_INTERVAL;
    tsSeconds[entry] = seconds(c.tsRecentNanos);
    timestamps[entry] = c.timestamps;
    tsRecent[entry] = c.tsRecent;
    tsOffset[entry] = c.timestampOffset;
    int bucket = bucket(entry);
    chain[entry] = buckets[bucket];
    buckets[bucket] = entry;
    size++;
    if (finWait2) {
      counters.transition(null, TcpState.FIN_WAIT_2);
      enqueue(entry, FIN_WAIT_2, nowNanos);
    } else {
      counters.increment(StackCounter.TIME_WAIT_ENTERED);
      counters.transition(null, TcpState.TIME_WAIT);
      enqueue(entry, WAIT, nowNanos);
    }
  }

  private void enqueue(int entry, int to, long nowNanos) {
    queue[entry] = (byte) to;
    expiry[entry] = nowNanos + durations[to];
    newer[entry] = NONE;
    older[entry] = newest[to];
    if (newest[to] == NONE) {
      oldest[to] = entry;
    } else {
      newer[newest[to]] = entry;
    }
    newest[to] = entry;
    wheel.armNoLaterThan(this, expiry[oldest[to]]);
  }

  private void dequeue(int entry) {
    int from = queue[entry];
    if (older[entry] == NONE) {
      oldest[from] = newer[entry];
    } else {
      newer[older[entry]] = newer[entry];
    }
    if (newer[entry] == NONE) {
      newest[from] = older[entry];
    } else {
      older[newer[entry]] = older[entry];
    }
  }

  /** The wait begins anew: the peer is not through with it. */
  void restart(int entry, long nowNanos) {
    dequeue(entry);
    enqueue(entry, WAIT, nowNanos);
  }

  /** The FIN of the peer came: from FIN_WAIT_2 to TIME_WAIT. */
  void finReceived(int entry, long nowNanos) {
    rcvNxt[entry]++;
    counters.increment(StackCounter.TIME_WAIT_ENTERED);
    counters.transition(TcpState.FIN_WAIT_2, TcpState.TIME_WAIT);
    restart(entry, nowNanos);
  }

  boolean isFinWait2(int entry) {
    return queue[entry] == FIN_WAIT_2;
  }

  /** Ends the entry that would end next anyway; the table is not empty. */
  void removeFirst() {
    int wait = oldest[WAIT];
    int fin = oldest[FIN_WAIT_2];
    boolean takeWait = fin == NONE || wait != NONE && expiry[wait] <= expiry[fin];
    remove(takeWait ? wait : fin);
  }

  /** Calls a consumer with every entry, those of a state in order of expiry. */
  void forEach(long nowNanos, Consumer<TimeWaitInfo> consumer) {
    for (int which = WAIT; which <= FIN_WAIT_2; which++) {
      TcpState state = which == WAIT ? TcpState.TIME_WAIT : TcpState.FIN_WAIT_2;
      for (int entry = oldest[which]; entry != NONE; entry = newer[entry]) {
        consumer.accept(
            new TimeWaitInfo(
                state,
                new IpAddress(localHigh[entry], localLow[entry]),
                ports[entry] >>> 16,
                new IpAddress(remoteHigh[entry], remoteLow[entry]),
                ports[entry] & 0xffff,
                Math.max(0, expiry[entry] - nowNanos)));
      }
    }
  }

  /** Forgets every entry. */
  void clear() {
    while (size > 0) {
      removeFirst();
    }
    wheel.cancel(this);
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
    counters.transition(isFinWait2(entry) ? TcpState.FIN_WAIT_2 : TcpState.TIME_WAIT, null);
    flows.remove(
        localHigh[entry],
        localLow[entry],
        ports[entry] >>> 16,
        remoteHigh[entry],
        remoteLow[entry],
        ports[entry] & 0xffff);
  }

  int rcvNxt(int entry) {
    return rcvNxt[entry];
  }

  int sndNxt(int entry) {
    return sndNxt[entry];
  }

  /** The window that the peer was offered, bytes. */
  int window(int entry) {
    return window[entry];
  }

  /** The same as it stands in a header. */
  int windowField(int entry) {
    return Math.min(65535, window[entry] >> windowShift[entry]);
  }

  /** Whether an entry has had its answer of this half second; else notes that it gets it now. */
  boolean isLimited(int entry, long nowNanos) {
    int millis = (int) (nowNanos / 1_000_000L);
    if (millis - lastAck[entry] < ACK_INTERVAL) {
      return true;
    }
    lastAck[entry] = millis;
    return false;
  }

  /** Whether the last timestamp of the peer is of an earlier second, so that a new one is later. */
  boolean isTimestampOld(int entry, long nowNanos) {
    return timestamps[entry] && seconds(nowNanos) - tsSeconds[entry] > 0;
  }

  private static int seconds(long nanos) {
    return (int) (nanos / 1_000_000_000L);
  }

  boolean timestamps(int entry) {
    return timestamps[entry];
  }

  int tsRecent(int entry) {
    return tsRecent[entry];
  }

  void tsRecent(int entry, int value, long nowNanos) {
    tsRecent[entry] = value;
    tsSeconds[entry] = seconds(nowNanos);
  }

  int tsOffset(int entry) {
    return tsOffset[entry];
  }

  @Override
  protected void onTimer(long nowNanos) {
    for (int which = WAIT; which <= FIN_WAIT_2; which++) {
      while (oldest[which] != NONE && expiry[oldest[which]] <= nowNanos) {
        if (which == FIN_WAIT_2) {
          counters.increment(StackCounter.FIN_WAIT_2_TIMEOUTS);
        }
        remove(oldest[which]);
      }
      if (oldest[which] != NONE) {
        wheel.armNoLaterThan(this, expiry[oldest[which]]);
      }
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
    tsSeconds = Arrays.copyOf(tsSeconds, length);
    lastAck = Arrays.copyOf(lastAck, length);
    windowShift = Arrays.copyOf(windowShift, length);
    queue = Arrays.copyOf(queue, length);
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
