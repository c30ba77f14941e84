package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.BlockPool;
import java.util.Arrays;

/**
 * The bytes of a connection that cannot be handed on at once: unread in-order data, and data beyond
 * a hole. Byte p of the stream lies in the block {@code (p / blockSize) % table}; blocks are taken
 * from the shard's pool when the first byte comes and given back when the last is read. The table
 * grows with the distance between the first and the last byte. A connection only has a
 * ReceiveBuffer while it has such bytes.
 */
final class ReceiveBuffer {
  private static final int FIRST_TABLE = 4;

  ReceiveBuffer next;

  /** What came beyond the first hole. */
  final IntervalSet outOfOrder = new IntervalSet();

  private final BlockPool pool;
  private final int shift;
  private int[] blocks = new int[FIRST_TABLE];
  private int mask = FIRST_TABLE - 1;
  private int held;

  /** Numbers of the first and after the last block that may be in the table. */
  private long low;

  private long high;

  ReceiveBuffer(BlockPool pool) {
    this.pool = pool;
    shift = Integer.numberOfTrailingZeros(pool.blockSize());
    Arrays.fill(blocks, -1);
  }

  /** Bytes of memory held. */
  int memory() {
    return held << shift;
  }

  /** Blocks that bytes at a stream position would take. */
  int newBlocks(long position, int length) {
    int count = 0;
    long last = position + length - 1 >> shift;
    for (long block = position >> shift; block <= last; block++) {
      if (block < low || block >= high || blocks[(int) block & mask] < 0) {
        count++;
      }
    }
    return count;
  }

  /** Stores bytes at a stream position; false if the pool is exhausted (part may be stored). */
  boolean write(long position, long address, int length) {
    cover(position >> shift, (position + length - 1 >> shift) + 1);
    int done = 0;
    while (done < length) {
      long at = position + done;
      int index = (int) (at >> shift) & mask;
      int block = blocks[index];
      if (block < 0) {
        block = pool.take();
        if (block < 0) {
          return false;
        }
        blocks[index] = block;
        held++;
      }
      int inBlock = (int) (at & pool.blockSize() - 1);
      int count = Math.min(length - done, pool.blockSize() - inBlock);
      Memory.copy(address + done, pool.address(block) + inBlock, count);
      done += count;
    }
    return true;
  }

  /** Makes the table hold block numbers from one to before another, and those it has. */
  private void cover(long from, long to) {
    if (held == 0) {
      low = from;
      high = from;
    }
    long first = Math.min(low, from);
    long end = Math.max(high, to);
    if (end - first > blocks.length) {
      int size = (int) (Long.highestOneBit(end - first - 1) << 1);
      int[] grown = new int[size];
      Arrays.fill(grown, -1);
      for (long block = low; block < high; block++) {
        grown[(int) block & size - 1] = blocks[(int) block & mask];
      }
      blocks = grown;
      mask = size - 1;
    }
    low = first;
    high = end;
  }

  /** Address of the byte at a stream position, which was stored. */
  long address(long position) {
    return pool.address(blocks[(int) (position >> shift) & mask])
        + (position & pool.blockSize() - 1);
  }

  /** How many bytes from a position on, up to an end, are contiguous in memory. */
  int contiguous(long position, long end) {
    return (int) Math.min(end - position, pool.blockSize() - (position & pool.blockSize() - 1));
  }

  /** Everything before a position was read: blocks that end there go back. */
  void consume(long to) {
    freeBlocks(low, to >> shift);
    low = Math.max(low, to >> shift);
  }

  /**
   * Gives up the farthest data beyond a hole.
   *
   * @param readPosition the first unread byte
   * @param inOrderEnd where data in order ends
   * @param keep nothing before this number is given up
   * @param goal bytes of memory that are enough
   * @return bytes of memory that came free
   */
  int prune(long readPosition, long inOrderEnd, long keep, int goal) {
    int before = held;
    while (!outOfOrder.isEmpty() && (before - held) << shift < goal) {
      int last = outOfOrder.count() - 1;
      long end = outOfOrder.end(last);
      if (end <= keep) {
        break;
      }
      long cut = Math.max(Math.max(outOfOrder.start(last), keep), end - 1 >> shift << shift);
      outOfOrder.cutLast(cut);
      long dataEnd = outOfOrder.isEmpty() ? inOrderEnd : outOfOrder.end(outOfOrder.count() - 1);
      boolean nothing = outOfOrder.isEmpty() && readPosition == inOrderEnd;
      freeBlocks(nothing ? low : (dataEnd - 1 >> shift) + 1, high);
    }
    return (before - held) << shift;
  }

  private void freeBlocks(long from, long to) {
    for (long block = Math.max(from, low); block < Math.min(to, high); block++) {
      int index = (int) block & mask;
      if (blocks[index] >= 0) {
        pool.give(blocks[index]);
        blocks[index] = -1;
        held--;
      }
    }
  }

  /** Gives every block back. */
  void clear() {
    outOfOrder.clear();
    freeBlocks(low, high);
  }
}
