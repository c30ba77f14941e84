package dev.twinpath.nic.device;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/**
 * The memory that the device may touch, as an IOMMU's table gives it: regions with bounds and
 * rights. Descriptors name memory by a region's key and an offset, never by address.
 *
 * <p>A key has a generation in its high bits, so that a key that was deregistered is refused even
 * when its place in the table has a new owner. Registering and deregistering is for any thread;
 * translating takes no lock. Who deregisters a region first sees to it that no descriptor that
 * names it is in flight, as with any IOMMU.
 */
public final class RegisteredMemory implements AutoCloseable {
  /** The device may read the region: it may be sent from. */
  public static final int READ = 1;

  /** The device may write the region: it may be received into. */
  public static final int WRITE = 2;

  /** How many regions there can be at a time. */
  public static final int MAX_REGIONS = 1 << 16;

  private static final int INDEX_MASK = MAX_REGIONS - 1;
  private static final int GENERATION_MASK = 0x7fff;
  private static final int ENTRY_LENGTH = 32;
  private static final int BASE = 0;
  private static final int LENGTH = 8;
  private static final int KEY = 16;
  private static final int ACCESS = 20;

  /** What a free place's key field holds: no key is negative. */
  private static final int FREE = -1;

  private final Arena arena = Arena.ofShared();
  private final long table;
  private final int[] generations = new int[MAX_REGIONS];
  private final int[] free = new int[MAX_REGIONS];
  private int freeCount;
  private int used;
  private boolean closed;

  RegisteredMemory() {
    table = arena.allocate((long) MAX_REGIONS * ENTRY_LENGTH, 64).address();
  }

  /**
   * Lets the device touch a range.
   *
   * @param address absolute
   * @param length bytes, not negative
   * @param access {@link #READ}, {@link #WRITE} or both
   * @return its key, not negative
   * @throws IllegalStateException when {@link #MAX_REGIONS} are registered, or the NIC is closed
   */
  public synchronized int register(long address, long length, int access) {
    if (address <= 0 || length < 0 || (access & ~(READ | WRITE)) != 0 || access == 0) {
      throw new IllegalArgumentException(
          "address " + address + ", length " + length + ", access " + access);
    }
    if (closed) {
      throw new IllegalStateException("the NIC is closed");
    }
    if (freeCount == 0 && used == MAX_REGIONS) {
      throw new IllegalStateException("more than " + MAX_REGIONS + " regions of memory");
    }
    int index = freeCount > 0 ? free[--freeCount] : used++;
    generations[index] = generations[index] + 1 & GENERATION_MASK;
    int key = generations[index] << 16 | index;
    long entry = table + (long) index * ENTRY_LENGTH;
    Memory.putLong(entry + BASE, address);
    Memory.putLong(entry + LENGTH, length);
    Memory.putInt(entry + ACCESS, access);
    Memory.putIntRelease(entry + KEY, key);
    return key;
  }

  /** Ends the device's access; a key that is not registered does nothing. */
  public synchronized void deregister(int key) {
    int index = key & INDEX_MASK;
    long entry = table + (long) index * ENTRY_LENGTH;
    if (closed || key < 0 || index >= used || Memory.getInt(entry + KEY) != key) {
      return;
    }
    Memory.putIntRelease(entry + KEY, FREE);
    free[freeCount++] = index;
  }

  /** How many regions are registered. */
  public synchronized int regions() {
    return used - freeCount;
  }

  /**
   * The device's question: where is this piece of memory?
   *
   * @param access what the device wants to do with it
   * @return its absolute address, or -1 when the key is unknown or stale, the piece is not wholly
   *     inside, or the right is missing
   */
  public long translate(int key, long offset, int length, int access) {
    if (key < 0) {
      return -1;
    }
    long entry = table + (long) (key & INDEX_MASK) * ENTRY_LENGTH;
    if (Memory.getIntAcquire(entry + KEY) != key) {
      return -1;
    }
    long size = Memory.getLong(entry + LENGTH);
    if (offset < 0
        || length < 0
        || offset > size - length
        || (Memory.getInt(entry + ACCESS) & access) != access) {
      return -1;
    }
    return Memory.getLong(entry + BASE) + offset;
  }

  /**
   * Frees the table. No queue pair works any more; deregistering later does nothing, so that who
   * owns memory may outlive the NIC.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
