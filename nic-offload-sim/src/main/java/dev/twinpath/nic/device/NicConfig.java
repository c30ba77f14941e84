package dev.twinpath.nic.device;

/** How a NIC is built. Immutable; each {@code with} method gives another one. */
public final class NicConfig {
  private static final int DEFAULT_TX_RING = 2048;
  private static final int DEFAULT_RX_RING = 512;
  private static final int DEFAULT_MTU = 1500;

  private final long macAddress;
  private int queuePairs = 1;
  private int txRingSize = DEFAULT_TX_RING;
  private int rxRingSize = DEFAULT_RX_RING;
  private int mtu = DEFAULT_MTU;
  private InterruptModeration moderation = InterruptModeration.NONE;

  private NicConfig(long macAddress) {
    this.macAddress = macAddress;
  }

  private NicConfig(NicConfig other) {
    this(other.macAddress);
    queuePairs = other.queuePairs;
    txRingSize = other.txRingSize;
    rxRingSize = other.rxRingSize;
    mtu = other.mtu;
    moderation = other.moderation;
  }

  /**
   * One queue pair, 2048 transmit and 512 receive descriptors, MTU 1500.
   *
   * @param macAddress its 48 bits
   */
  public static NicConfig defaults(long macAddress) {
    if (macAddress >>> 48 != 0) {
      throw new IllegalArgumentException(
          "a MAC address has 48 bits, not " + Long.toHexString(macAddress));
    }
    return new NicConfig(macAddress);
  }

  /** The same with another number of queue pairs, 1 to 256. */
  public NicConfig withQueuePairs(int count) {
    if (count < 1 || count > 256) {
      throw new IllegalArgumentException("a NIC has 1 to 256 queue pairs, not " + count);
    }
    NicConfig changed = new NicConfig(this);
    changed.queuePairs = count;
    return changed;
  }

  /**
   * The same with rings of other sizes, in descriptors: powers of two from 2 to 65536. A packet to
   * send takes one descriptor, and one more for each piece.
   */
  public NicConfig withRings(int transmit, int receive) {
    checkRing(transmit);
    checkRing(receive);
    NicConfig changed = new NicConfig(this);
    changed.txRingSize = transmit;
    changed.rxRingSize = receive;
    return changed;
  }

  private static void checkRing(int size) {
    if (size < 2 || size > 1 << 16 || Integer.bitCount(size) != 1) {
      throw new IllegalArgumentException(
          "a ring has a power of two of descriptors, 2 to 65536, not " + size);
    }
  }

  /** The same with another MTU: the longest IP packet on the wire, 68 to 65535 bytes. */
  public NicConfig withMtu(int bytes) {
    if (bytes < 68 || bytes > 65535) {
      throw new IllegalArgumentException("an MTU is from 68 to 65535 bytes, not " + bytes);
    }
    NicConfig changed = new NicConfig(this);
    changed.mtu = bytes;
    return changed;
  }

  /** The same with interrupts of all queues gathered so; each queue's can be changed later. */
  public NicConfig withModeration(InterruptModeration gathered) {
    NicConfig changed = new NicConfig(this);
    changed.moderation = gathered;
    return changed;
  }

  /** The 48 bits of the MAC address. */
  public long macAddress() {
    return macAddress;
  }

  /** How many queue pairs. */
  public int queuePairs() {
    return queuePairs;
  }

  /** Transmit descriptors of a queue. */
  public int txRingSize() {
    return txRingSize;
  }

  /** Receive descriptors of a queue. */
  public int rxRingSize() {
    return rxRingSize;
  }

  /** The longest IP packet on the wire, in bytes. */
  public int mtu() {
    return mtu;
  }

  /** How interrupts are gathered at first. */
  public InterruptModeration moderation() {
    return moderation;
  }
}
