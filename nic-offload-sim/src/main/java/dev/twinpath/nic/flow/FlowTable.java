package dev.twinpath.nic.flow;

/**
 * The exact-match table: a received packet's 4-tuple and protocol to the tag that the host gave.
 *
 * <p>Open addressing with linear probing; two longs a key, and a removal moves later entries back
 * instead of leaving tombstones, so that a lookup stays O(1) for ever. It grows when half full: an
 * insertion may allocate, a lookup or a removal never does. One thread, the queue pair's owner.
 */
public final class FlowTable {
  /** What {@link #lookup} returns for an unknown flow. */
  public static final int NONE = -1;

  private static final int INITIAL_CAPACITY = 1024;
  private static final int MAX_CAPACITY = 1 << 28;

  /** Keys as pairs of longs: addresses, then protocol and ports. No valid key has a zero second. */
  private long[] keys;

  private int[] tags;
  private int mask;
  private int size;

  public FlowTable() {
    allocate(INITIAL_CAPACITY);
  }

  private void allocate(int capacity) {
    keys = new long[2 * capacity];
    tags = new int[capacity];
    mask = capacity - 1;
    size = 0;
  }

  /**
   * Adds a flow, or changes its tag.
   *
   * @param protocol the IP protocol's number, 1 to 255
   * @param localAddress our IPv4 address in host order: the destination of what is received
   * @param localPort 0 to 65535
   * @param remoteAddress the peer's address
   * @param remotePort the peer's port
   * @param tag not negative
   */
  public void insert(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort, int tag) {
    if (tag < 0 || protocol < 1 || protocol > 255) {
      throw new IllegalArgumentException("tag " + tag + ", protocol " + protocol);
    }
    if (size > mask >>> 1) {
      grow();
    }
    long addresses = addresses(localAddress, remoteAddress);
    long ports = ports(protocol, localPort, remotePort);
    int slot = slot(addresses, ports);
    if (keys[2 * slot + 1] == 0) {
      keys[2 * slot] = addresses;
      keys[2 * slot + 1] = ports;
      size++;
    }
    tags[slot] = tag;
  }

  /** Finds a flow's tag, or {@link #NONE}. */
  public int lookup(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    long ports = ports(protocol, localPort, remotePort);
    int slot = slot(addresses(localAddress, remoteAddress), ports);
    return keys[2 * slot + 1] == 0 ? NONE : tags[slot];
  }

  /** Removes a flow; returns its tag, or {@link #NONE} when it was not there. */
  public int remove(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    long ports = ports(protocol, localPort, remotePort);
    int hole = slot(addresses(localAddress, remoteAddress), ports);
    if (keys[2 * hole + 1] == 0) {
      return NONE;
    }
    final int tag = tags[hole];
    // Knuth 6.4, algorithm R: an entry moves into the hole unless its home lies after the hole.
    for (int at = hole + 1 & mask; keys[2 * at + 1] != 0; at = at + 1 & mask) {
      int home = home(keys[2 * at], keys[2 * at + 1]);
      if ((at - home & mask) >= (at - hole & mask)) {
        keys[2 * hole] = keys[2 * at];
        keys[2 * hole + 1] = keys[2 * at + 1];
        tags[hole] = tags[at];
        hole = at;
      }
    }
    keys[2 * hole] = 0;
    keys[2 * hole + 1] = 0;
    size--;
    return tag;
  }

  /** How many flows there are. */
  public int size() {
    return size;
  }

  private static long addresses(int local, int remote) {
    return (long) local << 32 | (remote & 0xffffffffL);
  }

  private static long ports(int protocol, int local, int remote) {
    return (long) protocol << 32 | (local & 0xffffL) << 16 | (remote & 0xffffL);
  }

  /** The slot of a key, or the empty one where it would go. */
  private int slot(long addresses, long ports) {
    int at = home(addresses, ports);
    while (keys[2 * at + 1] != 0 && (keys[2 * at] != addresses || keys[2 * at + 1] != ports)) {
      at = at + 1 & mask;
    }
    return at;
  }

  private int home(long addresses, long ports) {
    // Two rounds of a 64-bit mixer (Steele, Lea, Flood: Fast splittable PRNGs, figure 16).
    long hash = (addresses ^ ports * 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ hash >>> 29) * 0x94d049bb133111ebL;
    return (int) (hash >>> 33) & mask;
  }

  private void grow() {
    if (mask + 1 >= MAX_CAPACITY) {
      throw new IllegalStateException("the flow table is full: " + size + " flows");
    }
    long[] oldKeys = keys;
    int[] oldTags = tags;
    allocate(2 * (mask + 1));
    for (int i = 0; i < oldTags.length; i++) {
      if (oldKeys[2 * i + 1] != 0) {
        int slot = slot(oldKeys[2 * i], oldKeys[2 * i + 1]);
        keys[2 * slot] = oldKeys[2 * i];
        keys[2 * slot + 1] = oldKeys[2 * i + 1];
        tags[slot] = oldTags[i];
        size++;
      }
    }
  }
}
