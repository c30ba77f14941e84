package dev.twinpath.userstack.tcp;

import java.util.Arrays;

/** A bounded set of disjoint intervals of 64-bit sequence numbers, kept in order. */
final class IntervalSet {
  /** More holes than this are not tracked: the segment that would make one is dropped. */
  static final int MAX = 256;

  /** So many intervals have their order of change remembered: what one segment can tell of. */
  static final int RECENT = 4;

  private long[] starts = new long[4];
  private long[] ends = new long[4];
  private int count;

  /** Where the intervals begin that were made or widened last, the latest first. */
  private final long[] recent = new long[RECENT];

  private int recentCount;

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

  /** How many intervals have their order of change remembered. */
  int recentCount() {
    return recentCount;
  }

  /** Index of the interval that was made or widened last, or so many changes before that. */
  int recent(int age) {
    return find(recent[age]);
  }

  private int find(long start) {
    return Arrays.binarySearch(starts, 0, count, start);
  }

  private void changed(long start, long end) {
    int kept = 0;
    long carried = start;
    for (int i = 0; i < recentCount; i++) {
      long other = recent[i];
      if (other < start || other > end) {
        recent[kept++] = carried;
        carried = other;
      }
    }
    if (kept < RECENT) {
      recent[kept++] = carried;
    }
    recentCount = kept;
  }

  private void forget(long start) {
    int kept = 0;
    for (int i = 0; i < recentCount; i++) {
      if (recent[i] != start) {
        recent[kept++] = recent[i];
      }
    }
    recentCount = kept;
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
    changed(mergedStart, mergedEnd);
    return true;
  }

  /** Removes the first interval. */
  void removeFirst() {
    forget(starts[0]);
    count--;
    System.arraycopy(starts, 1, starts, 0, count);
    System.arraycopy(ends, 1, ends, 0, count);
  }

  /** Cuts the last interval off at a number within it, or removes it if that is its start. */
  void cutLast(long end) {
    if (end > starts[count - 1]) {
      ends[count - 1] = end;
      return;
    }
    count--;
    forget(starts[count]);
  }

  void clear() {
    count = 0;
    recentCount = 0;
  }
}
