package dev.twinpath.userstack.ip;

/**
 * A bounded memory of addresses: a number of slots, each of which remembers one address, for
 * whoever keeps something per address in arrays of its own. Sets of four slots, the one that was
 * used least lately makes room, so that a flood of addresses costs neither memory nor time. Which
 * set an address belongs to depends on a secret. One thread, no allocation.
 */
final class AddressSlots {
  private static final int WAYS = 4;
  private static final int NEVER = 0;

  private final long[] high;
  private final long[] low;
  private final int[] used;
  private final int mask;
  private final long secret;
  private int clock;

  /**
   * Creates empty slots.
   *
   * @param slots how many, a power of two
   * @param secret not to be guessed by who sends packets
   */
  AddressSlots(int slots, long secret) {
    high = new long[slots];
    low = new long[slots];
    used = new int[slots];
    mask = slots - 1 & -WAYS;
    this.secret = secret;
  }

  /** How many slots there are. */
  int size() {
    return used.length;
  }

  /** The address's slot, or -1. */
  int find(long addressHigh, long addressLow) {
    int set = set(addressHigh, addressLow);
    for (int i = set; i < set + WAYS; i++) {
      if (low[i] == addressLow && high[i] == addressHigh && used[i] != NEVER) {
        used[i] = tick();
        return i;
      }
    }
    return -1;
  }

  /** A slot for an address that has none: its set's oldest, whose address is forgotten. */
  int claim(long addressHigh, long addressLow) {
    int set = set(addressHigh, addressLow);
    int oldest = set;
    for (int i = set; i < set + WAYS; i++) {
      if (used[i] == NEVER) {
        oldest = i;
        break;
      }
      // Ages compare right though the clock wraps.
      if (clock - used[i] > clock - used[oldest]) {
        oldest = i;
      }
    }
    high[oldest] = addressHigh;
    low[oldest] = addressLow;
    used[oldest] = tick();
    return oldest;
  }

  /** Forgets a slot's address. */
  void free(int slot) {
    used[slot] = NEVER;
  }

  private int tick() {
    if (++clock == NEVER) {
      clock++;
    }
    return clock;
  }

  private int set(long addressHigh, long addressLow) {
    return (int) (mix(secret, addressHigh, addressLow) >>> 32) & mask;
  }

  /** Mixes an address with a secret; all bits of the result depend on all of them. */
  static long mix(long secret, long high, long low) {
    long x = (high ^ secret) * 0x9e3779b97f4a7c15L;
    x = (x ^ x >>> 32 ^ low) * 0xbf58476d1ce4e5b9L;
    x = (x ^ x >>> 29 ^ Long.rotateLeft(secret, 17)) * 0x94d049bb133111ebL;
    return x ^ x >>> 31;
  }
}
