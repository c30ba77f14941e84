package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/**
 * A ring of fixed-size entries in off-heap memory with one producer and one consumer, which may be
 * different threads.
 *
 * <p>Positions count up for ever; an entry's slot is its position modulo the capacity. The producer
 * fills entries and publishes them all with one {@link #publish} (for a descriptor ring that is the
 * doorbell); the consumer looks with {@link #published} and reports what it is done with by {@link
 * #consume}. Both are plain release stores and acquire loads, and the two counters lie on cache
 * lines of their own.
 */
public final class DescriptorRing {
  /** Bytes of one entry, for every ring of the NIC. */
  public static final int ENTRY_LENGTH = 32;

  private static final int CACHE_LINE = 64;
  private static final int PRODUCED = 0;
  private static final int CONSUMED = 2 * CACHE_LINE;
  private static final int ENTRIES = 4 * CACHE_LINE;

  private final long base;
  private final int capacity;
  private final int mask;

  /**
   * @param arena where the memory comes from, zeroed
   * @param capacity entries, a power of two
   */
  public DescriptorRing(Arena arena, int capacity) {
    if (capacity < 2 || Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("a ring's capacity is a power of two, not " + capacity);
    }
    this.base = arena.allocate(ENTRIES + (long) capacity * ENTRY_LENGTH, 2 * CACHE_LINE).address();
    this.capacity = capacity;
    this.mask = capacity - 1;
  }

  public int capacity() {
    return capacity;
  }

  /** Where the entry of a position lies. */
  public long entry(long position) {
    return base + ENTRIES + (long) ((int) position & mask) * ENTRY_LENGTH;
  }

  /** Producer: all entries before {@code position} are complete. */
  public void publish(long position) {
    Memory.putLongRelease(base + PRODUCED, position);
  }

  /** Consumer: the position up to which entries are complete. */
  public long published() {
    return Memory.getLongAcquire(base + PRODUCED);
  }

  /** Consumer: all entries before {@code position} may be overwritten. */
  public void consume(long position) {
    Memory.putLongRelease(base + CONSUMED, position);
  }

  /** Producer: the position up to which entries may be overwritten. */
  public long consumed() {
    return Memory.getLongAcquire(base + CONSUMED);
  }

  /** Entries published and not yet consumed; from another thread, an estimate. */
  public int size() {
    return (int) (published() - consumed());
  }
}
