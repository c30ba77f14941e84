package dev.twinpath.userstack.udp;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.BlockPool;

/**
 * Datagrams that wait for the application, one behind the other in blocks that are taken from the
 * shard's pool as they fill and go back as they are read: small datagrams share a block. One
 * thread.
 */
final class ReceiveQueue {
  /** What the queue keeps of each: source, port and length. */
  private static final int HEADER = 24;

  private final BlockPool pool;
  private int[] blocks = new int[4];
  private int firstBlock;
  private int blockCount;
  private int readOffset;
  private int writeOffset;
  private int count;
  private long bytes;

  ReceiveQueue(BlockPool pool) {
    this.pool = pool;
    // Nothing is taken until something is written.
    writeOffset = pool.blockSize();
  }

  /** Datagrams in the queue. */
  int count() {
    return count;
  }

  /** Bytes in the queue, each datagram's bookkeeping counted. */
  long bytes() {
    return bytes;
  }

  /**
   * Appends a datagram.
   *
   * @param limit bytes that the queue may hold; one datagram it takes in any case
   * @return false when there is no room
   */
  boolean add(
      long sourceHigh, long sourceLow, int sourcePort, long address, int length, long limit) {
    int need = HEADER + length;
    if (count > 0 && bytes + need > limit || !reserve(need)) {
      return false;
    }
    write8(sourceHigh);
    write8(sourceLow);
    write8((long) sourcePort << 32 | length);
    int done = 0;
    while (done < length) {
      int piece = Math.min(length - done, roomInLast());
      Memory.copy(address + done, lastAddress(), piece);
      writeOffset += piece;
      done += piece;
    }
    // The next header begins on a word.
    writeOffset = writeOffset + 7 & ~7;
    count++;
    bytes += need;
    return true;
  }

  /** Whether the pool has the blocks that so many bytes take at most. */
  private boolean reserve(int need) {
    return pool.available() >= need / pool.blockSize() + 2;
  }

  private int roomInLast() {
    if (writeOffset == pool.blockSize()) {
      append(pool.take());
      writeOffset = 0;
    }
    return pool.blockSize() - writeOffset;
  }

  private void append(int block) {
    if (blockCount == blocks.length) {
      int[] grown = new int[blockCount * 2];
      for (int i = 0; i < blockCount; i++) {
        grown[i] = blocks[(firstBlock + i) & (blockCount - 1)];
      }
      blocks = grown;
      firstBlock = 0;
    }
    blocks[(firstBlock + blockCount++) & (blocks.length - 1)] = block;
  }

  private long lastAddress() {
    return pool.address(blocks[(firstBlock + blockCount - 1) & (blocks.length - 1)]) + writeOffset;
  }

  private void write8(long value) {
    roomInLast();
    Memory.putLong(lastAddress(), value);
    writeOffset += 8;
  }

  /** One word of the first datagram's bookkeeping, which may begin in the block behind. */
  private long word(int index) {
    int offset = readOffset + 8 * index;
    int size = pool.blockSize();
    int block = blocks[(firstBlock + offset / size) & (blocks.length - 1)];
    return Memory.getLong(pool.address(block) + offset % size);
  }

  /** The first datagram's source address, its first half. */
  long sourceHigh() {
    return word(0);
  }

  /** The other half. */
  long sourceLow() {
    return word(1);
  }

  /** The first datagram's source port. */
  int sourcePort() {
    return (int) (word(2) >>> 32);
  }

  /** The first datagram's length. */
  int length() {
    return (int) word(2);
  }

  /**
   * Takes the first datagram out.
   *
   * @param address where to copy its payload
   * @param room as many bytes at most; what is longer is cut
   */
  void remove(long address, int room) {
    int length = length();
    skip(HEADER);
    int wanted = Math.min(length, room);
    int done = 0;
    while (done < wanted) {
      int piece = Math.min(wanted - done, pool.blockSize() - readOffset);
      Memory.copy(pool.address(blocks[firstBlock]) + readOffset, address + done, piece);
      done += piece;
      skip(piece);
    }
    skip(length - done);
    skip(-readOffset & 7);
    count--;
    bytes -= HEADER + length;
    if (count == 0) {
      clear();
    }
  }

  private void skip(int distance) {
    int offset = readOffset + distance;
    while (offset >= pool.blockSize() && blockCount > 0) {
      release();
      offset -= pool.blockSize();
    }
    readOffset = offset;
  }

  private void release() {
    pool.give(blocks[firstBlock]);
    firstBlock = firstBlock + 1 & blocks.length - 1;
    blockCount--;
  }

  /** Forgets everything. */
  void clear() {
    while (blockCount > 0) {
      release();
    }
    readOffset = 0;
    writeOffset = pool.blockSize();
    count = 0;
    bytes = 0;
  }
}
