package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.BlockPool;
import java.util.Arrays;

/**
 * The bytes of a connection that cannot be handed on at once: unread in-order data, and data beyond
 * a hole. Byte p of the stream lies in the block {@code (p / blockSize) % table}; blocks are taken
 * from the shard's pool when the first byte comes and given back when the last is read. A
 * connection only has a ReceiveBuffer while it has such bytes.
 */
final class ReceiveBuffer {
  ReceiveBuffer next;

  /** What came beyond the first hole. */
  final IntervalSet outOfOrder = new IntervalSet();

  private final BlockPool pool;
  private final int[] blocks;
  private final int mask;
  private final int shift;
  private int held;

  /**
   * Creates an empty buffer.
   *
   * @param window greatest distance between the first unread and the last received byte
   */
  ReceiveBuffer(BlockPool pool, int window) {
    this.pool = pool;
    shift = Integer.numberOfTrailingZeros(pool.blockSize());
    int needed = (window >> shift) + 2;
    int size = Integer.highestOneBit(needed - 1) << 1;
    blocks = new int[size];
    mask = size - 1;
    Arrays.fill(blocks, -1);
  }

  /** Stores bytes at a stream position; false if the pool is exhausted (part may be stored). */
  boolean write(long position, long address, int length) {
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

  /** Address of the byte at a stream position, which was stored. */
  long address(long position) {
    return pool.address(blocks[(int) (position >> shift) & mask])
        + (position & pool.blockSize() - 1);
  }

  /** How many bytes from a position on, up to an end, are contiguous in memory. */
  int contiguous(long position, long end) {
    return (int) Math.min(end - position, pool.blockSize() - (position & pool.blockSize() - 1));
  }

  /**
   * Bytes from one position to another were read; {@code last} tells that nothing is stored after.
   */
  void consume(long from, long to, boolean last) {
    for (long block = from >> shift; block < to >> shift; block++) {
      free((int) block & mask);
    }
    if (last) {
      free((int) (to >> shift) & mask);
    }
  }

  private void free(int index) {
    if (blocks[index] >= 0) {
      pool.give(blocks[index]);
      blocks[index] = -1;
      held--;
    }
  }

  /** Gives every block back. */
  void clear() {
    outOfOrder.clear();
    if (held > 0) {
      for (int i = 0; i <= mask; i++) {
        free(i);
      }
    }
  }
}
