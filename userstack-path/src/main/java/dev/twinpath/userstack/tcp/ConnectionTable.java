package dev.twinpath.userstack.tcp;

import java.util.Arrays;

/** The connections of a shard by slot. A slot's number is the flow tag that the NIC gives back. */
final class ConnectionTable {
  private Connection[] slots = new Connection[64];
  private int[] free = new int[64];
  private int freeCount;
  private int used;
  private int size;
  private final int limit;

  ConnectionTable(int limit) {
    this.limit = limit;
  }

  boolean isFull() {
    return size >= limit;
  }

  /** Takes a slot; the caller asked {@link #isFull}. */
  int take() {
    int slot = freeCount > 0 ? free[--freeCount] : used++;
    if (slot == slots.length) {
      slots = Arrays.copyOf(slots, 2 * slot);
    }
    size++;
    return slot;
  }

  void set(int slot, Connection connection) {
    slots[slot] = connection;
  }

  void remove(int slot) {
    slots[slot] = null;
    size--;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, 2 * freeCount);
    }
    free[freeCount++] = slot;
  }

  /** The connection of a slot, or null. */
  Connection get(int slot) {
    return slot >= 0 && slot < used ? slots[slot] : null;
  }

  /** Slots ever used: an upper bound for walking. */
  int slots() {
    return used;
  }

  int size() {
    return size;
  }
}
