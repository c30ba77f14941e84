package dev.twinpath.loadgen.engine;

/**
 * The requests of one connection that wait for their response, oldest first: what was asked, when
 * it was meant to be sent and when it was. A ring of fixed capacity. Single-threaded.
 */
final class InFlight {
  private final ResolvedTarget[] targets;
  private final long[] intended;
  private final long[] actual;
  private int head;
  private int size;

  InFlight(int capacity) {
    targets = new ResolvedTarget[capacity];
    intended = new long[capacity];
    actual = new long[capacity];
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  boolean isFull() {
    return size == targets.length;
  }

  void add(ResolvedTarget target, long intendedNanos, long actualNanos) {
    int slot = index(size);
    targets[slot] = target;
    intended[slot] = intendedNanos;
    actual[slot] = actualNanos;
    size++;
  }

  ResolvedTarget target(int i) {
    return targets[index(i)];
  }

  long oldestIntended() {
    return intended[head];
  }

  long oldestActual() {
    return actual[head];
  }

  void removeOldest() {
    head = index(1);
    size--;
  }

  private int index(int i) {
    int index = head + i;
    return index < targets.length ? index : index - targets.length;
  }
}
