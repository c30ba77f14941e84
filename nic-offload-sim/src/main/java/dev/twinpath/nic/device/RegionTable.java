package dev.twinpath.nic.device;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.lang.invoke.VarHandle;

/**
 * The regions of all protection domains of one NIC: what {@link RegisteredMemory} looks into. A
 * place is published by its key, and read without a lock.
 */
final class RegionTable implements AutoCloseable {
  private static final int INDEX_MASK = RegisteredMemory.MAX_REGIONS - 1;
  private static final int GENERATION_MASK = 0x7fff;
  private static final int ENTRY_LENGTH = 32;
  private static final int BASE = 0;
  private static final int LENGTH = 8;
  private static final int KEY = 16;
  private static final int ACCESS = 20;
  private static final int DOMAIN = 24;

  /** What a free place's key field holds: no key is negative. */
  private static final int FREE = -1;

  private final Arena arena = Arena.ofShared();
  private final long table;
  private final int[] generations = new int[RegisteredMemory.MAX_REGIONS];
  private final int[] free = new int[RegisteredMemory.MAX_REGIONS];
  private int freeCount;
  private int used;
  private boolean closed;

  RegionTable() {
    table = arena.allocate((long) RegisteredMemory.MAX_REGIONS * ENTRY_LENGTH, 64).address();
  }

  synchronized int register(int domain, long address, long length, int access) {
    if (closed) {
      throw new IllegalStateException("the NIC is closed");
    }
    if (freeCount == 0 && used == RegisteredMemory.MAX_REGIONS) {
      throw new IllegalStateException(
          "more than " + RegisteredMemory.MAX_REGIONS + " regions of memory");
    }
    int index = freeCount > 0 ? free[--freeCount] : used++;
    // A reader that looked before the key changed must see that when it looks again.
    VarHandle.storeStoreFence();
    generations[index] = generations[index] + 1 & GENERATION_MASK;
    int key = generations[index] << 16 | index;
    long entry = table + (long) index * ENTRY_LENGTH;
    Memory.putLong(entry + BASE, address);
    Memory.putLong(entry + LENGTH, length);
    Memory.putInt(entry + ACCESS, access);
    Memory.putInt(entry + DOMAIN, domain);
    Memory.putIntRelease(entry + KEY, key);
    return key;
  }

  synchronized void deregister(int domain, int key) {
    int index = key & INDEX_MASK;
    long entry = table + (long) index * ENTRY_LENGTH;
    if (closed || key < 0 || index >= used || Memory.getInt(entry + KEY) != key) {
      return;
    }
    if (Memory.getInt(entry + DOMAIN) != domain) {
      return;
    }
    Memory.putIntRelease(entry + KEY, FREE);
    free[freeCount++] = index;
  }

  /** How many regions of a domain are registered. */
  synchronized int regions(int domain) {
    int count = 0;
    for (int i = 0; i < used; i++) {
      long entry = table + (long) i * ENTRY_LENGTH;
      if (Memory.getInt(entry + KEY) != FREE && Memory.getInt(entry + DOMAIN) == domain) {
        count++;
      }
    }
    return count;
  }

  long translate(int domain, int key, long offset, int length, int access) {
    if (key < 0) {
      return -1;
    }
    long entry = table + (long) (key & INDEX_MASK) * ENTRY_LENGTH;
    if (Memory.getIntAcquire(entry + KEY) != key || Memory.getInt(entry + DOMAIN) != domain) {
      return -1;
    }
    long size = Memory.getLong(entry + LENGTH);
    if (offset < 0
        || length < 0
        || offset > size - length
        || (Memory.getInt(entry + ACCESS) & access) != access) {
      return -1;
    }
    long address = Memory.getLong(entry + BASE) + offset;
    // The place may have got another owner while it was read: then this key is stale.
    VarHandle.loadLoadFence();
    return Memory.getInt(entry + KEY) == key ? address : -1;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
