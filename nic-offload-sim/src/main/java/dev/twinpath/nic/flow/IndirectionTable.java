package dev.twinpath.nic.flow;

import java.util.Arrays;

/**
 * Which queue each value of a receive hash's low 7 bits goes to. Immutable: to change the spreading
 * is to put another table in its place, at once for all packets that follow.
 */
public final class IndirectionTable {
  /** How many entries there are. */
  public static final int LENGTH = 128;

  private static final int MASK = LENGTH - 1;

  private final int[] entries;

  private IndirectionTable(int[] entries) {
    this.entries = entries;
  }

  /** A table of exactly these queues, {@link #LENGTH} of them. */
  public static IndirectionTable of(int... queues) {
    if (queues.length != LENGTH) {
      throw new IllegalArgumentException(
          "an indirection table has " + LENGTH + " entries, not " + queues.length);
    }
    for (int queue : queues) {
      if (queue < 0) {
        throw new IllegalArgumentException("there is no queue " + queue);
      }
    }
    return new IndirectionTable(queues.clone());
  }

  /** Spreads evenly over the queues 0 to {@code queues} - 1. */
  public static IndirectionTable equal(int queues) {
    return equal(0, queues);
  }

  /** Spreads evenly over {@code count} queues from {@code first} on. */
  public static IndirectionTable equal(int first, int count) {
    if (first < 0 || count < 1) {
      throw new IllegalArgumentException("queues from " + first + ", " + count + " of them");
    }
    int[] entries = new int[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      entries[i] = first + i % count;
    }
    return new IndirectionTable(entries);
  }

  /**
   * Spreads by weights: queue {@code i} gets as many entries as its weight's part of all, rounded;
   * a queue of weight 0 gets none.
   *
   * @throws IllegalArgumentException when a weight is negative, or all are 0
   */
  public static IndirectionTable weighted(int... weights) {
    long total = 0;
    for (int weight : weights) {
      if (weight < 0) {
        throw new IllegalArgumentException("a weight is not negative: " + Arrays.toString(weights));
      }
      total += weight;
    }
    if (total == 0) {
      throw new IllegalArgumentException("no queue has a weight: " + Arrays.toString(weights));
    }
    int[] entries = new int[LENGTH];
    long before = 0;
    for (int queue = 0; queue < weights.length; queue++) {
      long after = before + weights[queue];
      Arrays.fill(entries, at(before, total), at(after, total), queue);
      before = after;
    }
    return new IndirectionTable(entries);
  }

  private static int at(long part, long total) {
    return (int) ((part * LENGTH + total / 2) / total);
  }

  /** The queue for a hash. */
  public int queue(int hash) {
    return entries[hash & MASK];
  }

  /** The queue of an entry, 0 to {@link #LENGTH} - 1. */
  public int entry(int index) {
    return entries[index];
  }

  /** The highest queue that is named. */
  public int highestQueue() {
    return Arrays.stream(entries).max().getAsInt();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IndirectionTable
        && Arrays.equals(entries, ((IndirectionTable) other).entries);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(entries);
  }

  @Override
  public String toString() {
    return Arrays.toString(entries);
  }
}
