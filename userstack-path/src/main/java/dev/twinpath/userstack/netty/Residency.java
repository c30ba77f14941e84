package dev.twinpath.userstack.netty;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Which chunks of a mapping are known to be in memory, so that reading them does not stall an event
 * loop on a disk. Thread-safe; the memory of "known" is racy by intent, a lost note costs one more
 * look.
 *
 * <p>{@code mincore(2)} tells, but since Linux 5.2 it says "all resident" to whoever neither owns
 * the file nor may write it ({@code can_do_mincore}). Without the capability that lifts this,
 * nothing is known until {@link #populate} has read the chunk on another thread.
 */
final class Residency {
  /** Bytes that are looked up, and read ahead, at once. */
  static final int CHUNK = 2 << 20;

  private static final int CHUNK_SHIFT = 21;

  /** How long a look is believed: pages may be evicted under memory pressure at any time. */
  static final long LIFETIME_NANOS = 1_000_000_000L;

  private static final int PAGE = 4096;
  private static final int MADV_POPULATE_READ = 22;
  private static final long ALL_RESIDENT = 0x0101010101010101L;

  /** CAP_FOWNER of capability(7), as a bit of CapEff. */
  private static final int CAP_FOWNER = 3;

  private static final boolean MINCORE_TELLS = hasCapability(CAP_FOWNER);

  private static final ThreadLocal<Long> VECTOR =
      ThreadLocal.withInitial(() -> Arena.global().allocate(CHUNK / PAGE, 8).address());

  private final long address;
  private final long length;
  private final boolean mincoreTells;
  private final long[] knownUntil;

  Residency(long address, long length) {
    this(address, length, MINCORE_TELLS);
  }

  Residency(long address, long length, boolean mincoreTells) {
    this.mincoreTells = mincoreTells;
    this.address = address;
    this.length = length;
    this.knownUntil = new long[(int) ((length + CHUNK - 1) >>> CHUNK_SHIFT)];
    Arrays.fill(knownUntil, System.nanoTime() - 1);
  }

  /** Whether a piece is in memory; looks up chunks that are not known. */
  boolean resident(long offset, long bytes, long nowNanos) {
    int last = chunk(offset + bytes - 1);
    for (int chunk = chunk(offset); chunk <= last; chunk++) {
      if (!known(chunk, nowNanos) && !look(chunk, nowNanos)) {
        return false;
      }
    }
    return true;
  }

  int chunks() {
    return knownUntil.length;
  }

  static int chunk(long offset) {
    return (int) (offset >>> CHUNK_SHIFT);
  }

  boolean known(int chunk, long nowNanos) {
    return knownUntil[chunk] - nowNanos > 0;
  }

  /** Until when the answer yes for a chunk holds. */
  long knownUntil(int chunk) {
    return knownUntil[chunk];
  }

  /**
   * Asks the kernel without waiting; true if the whole chunk is in memory, and mapped from now on.
   */
  private boolean look(int chunk, long nowNanos) {
    if (!mincoreTells) {
      return false;
    }
    long begin = (long) chunk << CHUNK_SHIFT;
    long bytes = Math.min(CHUNK, length - begin);
    long vector = VECTOR.get();
    if (Linux.mincore(address + begin, bytes, vector) < 0) {
      return false;
    }
    int pages = (int) ((bytes + PAGE - 1) / PAGE);
    int page = 0;
    for (; page + 8 <= pages; page += 8) {
      if ((Memory.getLong(vector + page) & ALL_RESIDENT) != ALL_RESIDENT) {
        return false;
      }
    }
    for (; page < pages; page++) {
      if ((Memory.getByte(vector + page) & 1) == 0) {
        return false;
      }
    }
    // In memory, so this does not wait: it fills the page table in one go instead of by faults.
    Linux.madvise(address + begin, bytes, MADV_POPULATE_READ);
    knownUntil[chunk] = nowNanos + LIFETIME_NANOS;
    return true;
  }

  /**
   * Reads a chunk into memory; waits for the disk. A chunk that cannot be read (the file was cut)
   * counts as known: the NIC finds out, and fails the connection that wanted it.
   */
  void populate(int chunk) {
    long begin = (long) chunk << CHUNK_SHIFT;
    long bytes = Math.min(CHUNK, length - begin);
    int status = Linux.madvise(address + begin, bytes, MADV_POPULATE_READ);
    if (status == -EINVAL) {
      // Before Linux 5.14: begin reading; the rest is left to page faults.
      Linux.madvise(address + begin, bytes, Linux.MADV_WILLNEED);
    }
    knownUntil[chunk] = System.nanoTime() + LIFETIME_NANOS;
  }

  private static final int EINVAL = 22;

  private static boolean hasCapability(int bit) {
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("CapEff:")) {
          return (Long.parseUnsignedLong(line.substring(7).trim(), 16) >>> bit & 1) != 0;
        }
      }
    } catch (IOException e) {
      return false;
    }
    return false;
  }
}
