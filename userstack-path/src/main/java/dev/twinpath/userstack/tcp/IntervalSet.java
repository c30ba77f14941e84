package dev.twinpath.userstack.tcp;

import java.util.Arrays;

/** A bounded set of disjoint intervals of 64-bit sequence numbers, kept in order. */
final class IntervalSet {
  /** More holes than this are not tracked: the segment that would make one is dropped. */
  static final int MAX = 256;

  private long[] starts = new long[4];
  private long[] ends = new long[4];
  private int count;

  /** The interval that the last {@link #add} made or widened. */
  private int latest = -1;

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  long start(int index) {
    return starts[index];
  }

  long end(int index) {
    return ends[index];
  }

  int latest() {
    return latest;
  }

  /** Bytes in the set. */
  long size() {
    long size = 0;
    for (int i = 0; i < count; i++) {
      size += ends[i] - starts[i];
    }
    return size;
  }

  /** Whether an interval is wholly inside the set. */
  boolean contains(long start, long end) {
    for (int i = 0; i < count; i++) {
      if (starts[i] <= start && end <= ends[i]) {
        return true;
      }
    }
    return false;
  }

  /** Adds an interval, merging what it touches; false if the set is full. */
  boolean add(long start, long end) {
    int first = 0;
    while (first < count && ends[first] < start) {
      first++;
    }
    int last = first;
    long mergedStart = start;
    long mergedEnd = end;
    while (last < count && starts[last] <= end) {
      mergedStart = Math.min(mergedStart, starts[last]);
      mergedEnd = Math.max(mergedEnd, ends[last]);
      last++;
    }
    int merged = last - first;
    if (merged == 0) {
      if (count == MAX) {
        return false;
      }
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
        ends = Arrays.copyOf(ends, 2 * count);
      }
      System.arraycopy(starts, first, starts, first + 1, count - first);
      System.arraycopy(ends, first, ends, first + 1, count - first);
      count++;
    } else if (merged > 1) {
      System.arraycopy(starts, last, starts, first + 1, count - last);
      System.arraycopy(ends, last, ends, first + 1, count - last);
      count -= merged - 1;
    }
    starts[first] = mergedStart;
    ends[first] = mergedEnd;
    latest = first;
    return true;
  }

  /** Removes the first interval. */
  void removeFirst() {
    count--;
    System.arraycopy(starts, 1, starts, 0, count);
    System.arraycopy(ends, 1, ends, 0, count);
    latest = Math.max(-1, latest - 1);
    if (count == 0) {
      latest = -1;
    } else {
      latest = Math.max(latest, 0);
    }
  }

  /** Cuts the last interval off at a number within it, or removes it if that is its start. */
  void cutLast(long end) {
    if (end > starts[count - 1]) {
      ends[count - 1] = end;
      return;
    }
    count--;
    latest = latest == count ? count - 1 : latest;
  }

  void clear() {
    count = 0;
    latest = -1;
  }
}
