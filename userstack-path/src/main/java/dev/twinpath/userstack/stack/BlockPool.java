package dev.twinpath.userstack.stack;

import dev.twinpath.nic.linux.Linux;

/**
 * Equal blocks of off-heap memory, mapped without reserve so that only used ones cost memory, and
 * reused last-in first-out so that few are used. One thread.
 */
public final class BlockPool implements AutoCloseable {
  private final long base;
  private final long size;
  private final int blockShift;
  private final int[] free;
  private final int[] followers;
  private int freeCount;

  /**
   * Maps the pool.
   *
   * @param blockShift log2 of a block's bytes
   * @param totalBytes how much; at least one block
   * @throws OutOfMemoryError if the mapping is refused
   */
  public BlockPool(int blockShift, long totalBytes) {
    this.blockShift = blockShift;
    int count = (int) Math.max(1, totalBytes >> blockShift);
    size = (long) count << blockShift;
    base = map(size);
    free = new int[count];
    for (int i = 0; i < count; i++) {
      free[i] = count - 1 - i;
    }
    freeCount = count;
    followers = new int[count];
    java.util.Arrays.fill(followers, -1);
  }

  /**
   * Maps anonymous memory that is zero and not resident until touched.
   *
   * @return its address
   * @throws OutOfMemoryError if refused
   */
  public static long map(long bytes) {
    long address =
        Linux.mmap(
            bytes,
            Linux.PROT_READ | Linux.PROT_WRITE,
            Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS | Linux.MAP_NORESERVE,
            -1,
            0);
    if (address < 0) {
      throw new OutOfMemoryError("mmap of " + bytes + " bytes: errno " + -address);
    }
    return address;
  }

  /** A block's number, or -1 if all are taken. */
  public int take() {
    return freeCount == 0 ? -1 : free[--freeCount];
  }

  /** Gives a block back, and those that follow it. */
  public void give(int block) {
    free[freeCount++] = block;
    int next = followers[block];
    if (next >= 0) {
      followers[block] = -1;
      give(next);
    }
  }

  /** Lets a taken block follow another one, for what is longer than a block. */
  public void follow(int block, int next) {
    followers[block] = next;
  }

  /** The block that follows a taken one, or -1. */
  public int next(int block) {
    return followers[block];
  }

  /** A block's address. */
  public long address(int block) {
    return base + offset(block);
  }

  /** A block's offset in the pool. */
  public long offset(int block) {
    return (long) block << blockShift;
  }

  /** Address of the whole pool, to register it with a NIC. */
  public long base() {
    return base;
  }

  /** Bytes of the whole pool. */
  public long size() {
    return size;
  }

  /** Bytes of one block. */
  public int blockSize() {
    return 1 << blockShift;
  }

  /** Blocks not taken. */
  public int available() {
    return freeCount;
  }

  /** Blocks taken. */
  public int taken() {
    return free.length - freeCount;
  }

  @Override
  public void close() {
    Linux.munmap(base, size);
  }
}
