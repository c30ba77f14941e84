package dev.twinpath.nic.device;

/**
 * The packets of a transmit ring whose launch time has not come, by time; those of one time in the
 * order of the ring.
 *
 * <p>They wait beside the ring, so that packets behind them go on. Completions stay in ring order
 * all the same: packets are numbered, and {@link #isOpen} tells for which the completions must
 * wait. There are never more than the ring has entries, and none waits longer than {@link
 * TransmitQueue#LAUNCH_HORIZON_NANOS}. Memory is taken when the first packet comes with a time.
 */
final class LaunchTimes {
  private final int capacity;
  private final int mask;

  /** Of the packet of a number, at the number modulo the capacity. */
  private long[] positions;

  private long[] nexts;
  private long[] times;
  private long[] numbers;
  private boolean[] open;

  /** A binary heap of numbers modulo the capacity, the earliest time first. */
  private int[] heap;

  private int held;
  private boolean atOnce;

  LaunchTimes(int capacity) {
    this.capacity = capacity;
    this.mask = capacity - 1;
  }

  /** Whether no packet waits. */
  boolean isEmpty() {
    return held == 0;
  }

  /** When the first goes; {@link Long#MAX_VALUE} when none waits. */
  long earliest() {
    return held == 0 ? Long.MAX_VALUE : times[heap[0]];
  }

  /** The packet that may go now, as {@link #position} and the others take it; -1 for none. */
  int due(long nowNanos) {
    return held == 0 || !atOnce && times[heap[0]] - nowNanos > 0 ? -1 : heap[0];
  }

  /** From now on nobody waits. */
  void launchAll() {
    atOnce = true;
  }

  /** Whether {@link #launchAll} was called. */
  boolean isAtOnce() {
    return atOnce;
  }

  /** Where in the ring a packet's descriptors begin. */
  long position(int packet) {
    return positions[packet];
  }

  /** Where in the ring they end, as it was when the packet began to wait. */
  long next(int packet) {
    return nexts[packet];
  }

  /** The number of its completion. */
  long number(int packet) {
    return numbers[packet];
  }

  /** Where in the ring the packet with a completion's number begins; it is open. */
  long positionOf(long number) {
    return positions[(int) number & mask];
  }

  /** Whether the packet with a completion's number still waits. */
  boolean isOpen(long number) {
    return open[(int) number & mask];
  }

  /** A packet begins to wait. */
  void hold(long number, long position, long next, long nanos) {
    if (heap == null) {
      positions = new long[capacity];
      nexts = new long[capacity];
      times = new long[capacity];
      numbers = new long[capacity];
      open = new boolean[capacity];
      heap = new int[capacity];
    }
    int packet = (int) number & mask;
    positions[packet] = position;
    nexts[packet] = next;
    times[packet] = nanos;
    numbers[packet] = number;
    open[packet] = true;
    int at = held++;
    while (at > 0 && isBefore(packet, heap[at - 1 >> 1])) {
      heap[at] = heap[at - 1 >> 1];
      at = at - 1 >> 1;
    }
    heap[at] = packet;
  }

  /** The packet that {@link #due} told is done. */
  void remove(int packet) {
    open[packet] = false;
    int at = 0;
    while (heap[at] != packet) {
      // While it went out in pieces, one with an earlier time may have come.
      at++;
    }
    int last = heap[--held];
    if (at == held) {
      return;
    }
    while (at > 0 && isBefore(last, heap[at - 1 >> 1])) {
      heap[at] = heap[at - 1 >> 1];
      at = at - 1 >> 1;
    }
    int child;
    while ((child = 2 * at + 1) < held) {
      if (child + 1 < held && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], last)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }

  private boolean isBefore(int a, int b) {
    long difference = times[a] - times[b];
    return difference < 0 || difference == 0 && numbers[a] < numbers[b];
  }
}
