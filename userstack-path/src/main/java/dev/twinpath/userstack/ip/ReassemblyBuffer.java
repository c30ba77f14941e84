package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.BlockPool;

/**
 * The fragments of one datagram: which eight-byte units have come, in a bit map, and their bytes,
 * in blocks of a pool. Finding an overlap and finding the end cost the same whatever the order and
 * the number of fragments, so that many small ones cost an attacker more than us.
 */
final class ReassemblyBuffer {
  /** What {@link #add} found. */
  enum Result {
    /** Kept. */
    ADDED,
    /** Everything of it was there already; nothing is changed. */
    DUPLICATE,
    /** It overlaps others, or contradicts them about the end (RFC 5722). */
    OVERLAP,
    /** The datagram would take more blocks than one may. */
    TOO_MANY,
    /** There is no block for it. */
    NO_MEMORY
  }

  /** Bytes of the first fragment's packet that are kept as they came, to be quoted. */
  static final int QUOTE = 1024;

  private static final int MAP_BYTES = 1024;
  private static final int NONE = -1;

  private final BlockPool pool;
  private final int[] next;
  private final int[] offset;
  private final int[] length;
  private int map = NONE;
  private int head = NONE;
  private int units;
  private int total = -1;
  private int end;
  private int blocks;
  private int quoted;

  /**
   * Creates an empty buffer.
   *
   * @param next of each block of the pool, the one after it; shared by all buffers
   * @param offset where its bytes belong
   * @param length how many there are
   */
  ReassemblyBuffer(BlockPool pool, int[] next, int[] offset, int[] length) {
    this.pool = pool;
    this.next = next;
    this.offset = offset;
    this.length = length;
  }

  /** Takes the block of the map; false if there is none. */
  boolean open() {
    map = pool.take();
    if (map == NONE) {
      return false;
    }
    Memory.fill(pool.address(map), MAP_BYTES, 0);
    head = NONE;
    units = 0;
    total = -1;
    end = 0;
    blocks = 1;
    quoted = 0;
    return true;
  }

  /**
   * Adds a fragment.
   *
   * @param from where its bytes are
   * @param at where they belong in the datagram, a multiple of 8
   * @param count how many; a multiple of 8 unless it is the last
   * @param more whether others follow it
   */
  Result add(long from, int at, int count, boolean more) {
    int last = at + count;
    if (more ? total >= 0 && last > total : total >= 0 && total != last || last < end) {
      return Result.OVERLAP;
    }
    int firstUnit = at >> 3;
    int endUnit = last + 7 >> 3;
    int there = present(firstUnit, endUnit);
    if (there == endUnit - firstUnit) {
      return Result.DUPLICATE;
    }
    if (there != 0) {
      return Result.OVERLAP;
    }
    int needed = (count + pool.blockSize() - 1) / pool.blockSize();
    if (blocks + needed > Reassembly.MAX_BLOCKS) {
      return Result.TOO_MANY;
    }
    if (needed > pool.available()) {
      return Result.NO_MEMORY;
    }
    for (int done = 0; done < count; done += pool.blockSize()) {
      int piece = Math.min(pool.blockSize(), count - done);
      int block = pool.take();
      Memory.copy(from + done, pool.address(block), piece);
      offset[block] = at + done;
      length[block] = piece;
      next[block] = head;
      head = block;
      blocks++;
    }
    mark(firstUnit, endUnit);
    units += endUnit - firstUnit;
    end = Math.max(end, last);
    if (!more) {
      total = last;
    }
    return Result.ADDED;
  }

  /** Whether every byte is there. */
  boolean isComplete() {
    return total >= 0 && units == total + 7 >> 3;
  }

  /** Bytes of the whole datagram; -1 until its last fragment has come. */
  int total() {
    return total;
  }

  /** Blocks that the buffer holds. */
  int blocks() {
    return blocks;
  }

  /** Puts the datagram together. */
  void copyTo(long to) {
    for (int block = head; block != NONE; block = next[block]) {
      Memory.copy(pool.address(block), to + offset[block], length[block]);
    }
  }

  /** Keeps the beginning of the first fragment's packet. */
  void quote(long packet, int bytes) {
    quoted = Math.min(bytes, QUOTE);
    Memory.copy(packet, quoteAddress(), quoted);
  }

  /** Where the beginning of the first fragment's packet is. */
  long quoteAddress() {
    return pool.address(map) + MAP_BYTES;
  }

  /** How much of it there is; 0 = the first fragment has not come. */
  int quoted() {
    return quoted;
  }

  /** Gives all blocks back. */
  void close() {
    while (head != NONE) {
      int block = head;
      head = next[block];
      pool.give(block);
    }
    if (map != NONE) {
      pool.give(map);
      map = NONE;
    }
    blocks = 0;
    quoted = 0;
  }

  /** How many units of a range are there; 0, all, or something between. */
  private int present(int from, int to) {
    long bits = pool.address(map);
    int count = 0;
    for (int unit = from; unit < to; ) {
      int upTo = Math.min(to, (unit | 63) + 1);
      count += Long.bitCount(Memory.getLong(bits + (unit >> 6) * 8L) & mask(unit, upTo));
      unit = upTo;
    }
    return count;
  }

  private void mark(int from, int to) {
    long bits = pool.address(map);
    for (int unit = from; unit < to; ) {
      int upTo = Math.min(to, (unit | 63) + 1);
      long at = bits + (unit >> 6) * 8L;
      Memory.putLong(at, Memory.getLong(at) | mask(unit, upTo));
      unit = upTo;
    }
  }

  /** The bits of units in one word, the last not included. */
  private static long mask(int from, int to) {
    long bits = -1L << from;
    return (to & 63) == 0 ? bits : bits & ~(-1L << to);
  }
}
