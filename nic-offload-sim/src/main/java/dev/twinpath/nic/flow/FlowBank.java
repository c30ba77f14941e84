package dev.twinpath.nic.flow;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * One part of a {@link FlowTable}: open addressing with linear probing in memory of its own.
 *
 * <p>Writers take the bank's lock. Readers take none: they read the bank's sequence number, look,
 * and look again whether the number is still the same (a sequence lock, as in the Linux kernel's
 * {@code seqlock.h}). It is odd while entries move. A removal moves later entries back instead of
 * leaving tombstones, so that a search stays short for ever.
 *
 * <p>An entry is its key and a value, 32 bytes for IPv4 and 64 for IPv6, aligned: never more than
 * one cache line.
 *
 * <pre>
 *  IPv4:  0 protocol and ports   8 addresses                        16 value
 *  IPv6:  0 protocol and ports   8 local address  24 remote address 40 value
 * </pre>
 */
final class FlowBank {
  /** Bytes of a bank's shared words; a multiple of two cache lines (the prefetcher takes pairs). */
  static final int CONTROL_LENGTH = 128;

  /** What {@link #find} returns for an unknown flow. */
  static final long NONE = -1;

  /** Bytes behind every entry that may be read: those of the next one, or nobody's. */
  static final int STRIDE = 32;

  private static final int SEQUENCE = 0;
  private static final int REGION = 8;
  private static final int PAGE = 4096;
  private static final long HUGE_PAGE = 2L << 20;
  private static final int MAX_LOG2 = 27;
  private static final int WORDS = 8;
  private static final int VALUE4 = 16;
  private static final int VALUE6 = 40;

  private final FlowHash hash;
  private final boolean wide;
  private final int entryShift;
  private final int valueOffset;
  private final long control;

  /** Address and length of everything that is mapped, by turns. */
  private final List<Long> mappings = new ArrayList<>();

  private int size;

  /**
   * @param wide whether the keys are of IPv6
   * @param control {@link #CONTROL_LENGTH} zeroed bytes
   */
  FlowBank(FlowHash hash, boolean wide, long control) {
    this.hash = hash;
    this.wide = wide;
    this.entryShift = wide ? 6 : 5;
    this.valueOffset = wide ? VALUE6 : VALUE4;
    this.control = control;
  }

  /** The value of a key, or {@link #NONE}. Any thread; neither locks nor allocates. */
  long find(long hashed, long ports, long a, long b, long c, long d) {
    for (; ; ) {
      long before = Memory.getLongAcquire(control + SEQUENCE);
      if ((before & 1) == 0) {
        long entry = search(Memory.getLong(control + REGION), hashed, ports, a, b, c, d);
        long value = entry == 0 ? NONE : Memory.getLong(entry + valueOffset);
        VarHandle.acquireFence();
        if (Memory.getLongAcquire(control + SEQUENCE) == before) {
          return value;
        }
      }
      Thread.onSpinWait();
    }
  }

  /**
   * Where a search begins, or 0 in an empty bank. The memory there stays mapped until {@link
   * #close}.
   */
  long home(long hashed) {
    long region = Memory.getLong(control + REGION);
    return region == 0 ? 0 : base(region) + ((FlowHash.slot(hashed) & mask(region)) << entryShift);
  }

  /** The entry of a key, or 0. Entries may move meanwhile, so that the way is bounded. */
  private long search(long region, long hashed, long ports, long a, long b, long c, long d) {
    if (region == 0) {
      return 0;
    }
    long base = base(region);
    long mask = mask(region);
    long at = FlowHash.slot(hashed) & mask;
    for (long steps = mask; steps >= 0; steps--) {
      long entry = base + (at << entryShift);
      long first = Memory.getLong(entry);
      if (first == 0) {
        return 0;
      }
      if (first == ports && Memory.getLong(entry + 8) == a && (!wide || matches(entry, b, c, d))) {
        return entry;
      }
      at = at + 1 & mask;
    }
    return 0;
  }

  private static boolean matches(long entry, long b, long c, long d) {
    return Memory.getLong(entry + 16) == b
        && Memory.getLong(entry + 24) == c
        && Memory.getLong(entry + 32) == d;
  }

  /** Base and capacity are one word, so that a reader never has one without the other. */
  private static long base(long region) {
    return region & -PAGE;
  }

  private static long mask(long region) {
    return (1L << (region & PAGE - 1)) - 1;
  }

  /**
   * Sees to it that another entry has room; the lock is held.
   *
   * @return false when the machine has no more memory
   */
  boolean reserve() {
    long region = Memory.getLong(control + REGION);
    if (region != 0 && size <= mask(region) >>> 1) {
      return true;
    }
    int log2 = region == 0 ? Integer.numberOfTrailingZeros(PAGE >> entryShift) : log2(region) + 1;
    long fresh = log2 > MAX_LOG2 ? 0 : map(log2);
    if (fresh == 0) {
      return false;
    }
    if (region == 0) {
      Memory.putLongRelease(control + REGION, fresh);
      return true;
    }
    // Readers go on in the old memory, which nobody changes while the lock is held ...
    for (long i = 0; i <= mask(region); i++) {
      long entry = base(region) + (i << entryShift);
      if (Memory.getLong(entry) != 0) {
        Memory.copy(entry, free(fresh, homeHash(entry)), 1L << entryShift);
      }
    }
    beginWrite();
    Memory.putLong(control + REGION, fresh);
    endWrite();
    // ... and one that is still there finds zeros and looks again, since the sequence has changed:
    // the pages go back, the addresses stay ours until the end.
    Linux.madvise(base(region), mask(region) + 1 << entryShift, Linux.MADV_DONTNEED);
    return true;
  }

  private static int log2(long region) {
    return (int) region & PAGE - 1;
  }

  private long map(int log2) {
    long bytes = 1L << log2 + entryShift;
    boolean huge = bytes >= HUGE_PAGE;
    // What is aligned leaves a page at the end too: at most HUGE_PAGE - PAGE goes before.
    long length = bytes + (huge ? HUGE_PAGE : PAGE);
    long address =
        Linux.mmap(
            length,
            Linux.PROT_READ | Linux.PROT_WRITE,
            Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS | Linux.MAP_NORESERVE,
            -1,
            0);
    if (address <= 0) {
      return 0;
    }
    mappings.add(address);
    mappings.add(length);
    if (huge) {
      address = address + HUGE_PAGE - 1 & -HUGE_PAGE;
      // A million flows are 64 MiB: without huge pages each lookup would miss the TLB as well.
      Linux.madvise(address, bytes, Linux.MADV_HUGEPAGE);
    }
    return address | log2;
  }

  /** The empty slot where a key would go. */
  private long free(long region, long hashed) {
    long mask = mask(region);
    long at = FlowHash.slot(hashed) & mask;
    while (Memory.getLong(base(region) + (at << entryShift)) != 0) {
      at = at + 1 & mask;
    }
    return base(region) + (at << entryShift);
  }

  private long homeHash(long entry) {
    long ports = Memory.getLong(entry);
    long a = Memory.getLong(entry + 8);
    if (!wide) {
      return hash.hash(ports, a);
    }
    return hash.hash(
        ports,
        a,
        Memory.getLong(entry + 16),
        Memory.getLong(entry + 24),
        Memory.getLong(entry + 32));
  }

  /** Adds an entry that is not there; the lock is held and {@link #reserve} was true. */
  void add(long hashed, long ports, long a, long b, long c, long d, long value) {
    long entry = free(Memory.getLong(control + REGION), hashed);
    beginWrite();
    Memory.putLong(entry + 8, a);
    if (wide) {
      Memory.putLong(entry + 16, b);
      Memory.putLong(entry + 24, c);
      Memory.putLong(entry + 32, d);
    }
    Memory.putLong(entry + valueOffset, value);
    Memory.putLong(entry, ports);
    endWrite();
    size++;
  }

  /** Changes the value of an entry that is there; the lock is held. */
  void replace(long hashed, long ports, long a, long b, long c, long d, long value) {
    long entry = search(Memory.getLong(control + REGION), hashed, ports, a, b, c, d);
    Memory.putLongRelease(entry + valueOffset, value);
  }

  /** Removes an entry that is there; the lock is held. */
  void remove(long hashed, long ports, long a, long b, long c, long d) {
    long region = Memory.getLong(control + REGION);
    long base = base(region);
    long mask = mask(region);
    long hole = search(region, hashed, ports, a, b, c, d) - base >>> entryShift;
    beginWrite();
    // Knuth 6.4, algorithm R: an entry moves into the hole unless its home lies after the hole.
    for (long at = hole + 1 & mask; ; at = at + 1 & mask) {
      long entry = base + (at << entryShift);
      if (Memory.getLong(entry) == 0) {
        break;
      }
      long home = FlowHash.slot(homeHash(entry)) & mask;
      if ((at - home & mask) >= (at - hole & mask)) {
        copy(entry, base + (hole << entryShift));
        hole = at;
      }
    }
    Memory.putLong(base + (hole << entryShift), 0);
    endWrite();
    size--;
  }

  private void copy(long from, long to) {
    for (int word = 0; word <= valueOffset; word += WORDS) {
      Memory.putLong(to + word, Memory.getLong(from + word));
    }
  }

  private void beginWrite() {
    Memory.putLongRelease(control + SEQUENCE, Memory.getLong(control + SEQUENCE) + 1);
    VarHandle.releaseFence();
  }

  private void endWrite() {
    Memory.putLongRelease(control + SEQUENCE, Memory.getLong(control + SEQUENCE) + 1);
  }

  /** Unmaps everything; nobody reads any more. */
  void close() {
    Memory.putLong(control + REGION, 0);
    for (int i = 0; i < mappings.size(); i += 2) {
      Linux.munmap(mappings.get(i), mappings.get(i + 1));
    }
    mappings.clear();
    size = 0;
  }
}
