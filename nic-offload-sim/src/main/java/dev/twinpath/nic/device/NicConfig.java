package dev.twinpath.nic.device;

import dev.twinpath.nic.flow.ToeplitzHash;
import dev.twinpath.nic.wire.NanoClock;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How a NIC is built. Immutable; each {@code with} method gives another one. */
public final class NicConfig {
  private static final int DEFAULT_TX_RING = 2048;
  private static final int DEFAULT_RX_RING = 512;
  private static final int DEFAULT_MTU = 1500;
  private static final long DEFAULT_SPIN_NANOS = 50_000;
  private static final int MAX_WEIGHT = 256;
  private static final int DEFAULT_MAX_FLOWS = 1 << 22;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final long macAddress;
  private int queuePairs = 1;
  private int txRingSize = DEFAULT_TX_RING;
  private int rxRingSize = DEFAULT_RX_RING;
  private int mtu = DEFAULT_MTU;
  private int maxFlows = DEFAULT_MAX_FLOWS;
  private Long steeringSeed;
  private byte[] rssKey;
  private InterruptModeration moderation = InterruptModeration.NONE;
  private DeviceMode mode = DeviceMode.INLINE;
  private long spinNanos = DEFAULT_SPIN_NANOS;
  private NanoClock clock = System::nanoTime;
  private int[] transmitWeights = {};
  private ReceiveOptions receive = ReceiveOptions.defaults();

  private List<ProtectionDomains.Wanted> domains = List.of();

  private NicConfig(long macAddress) {
    this.macAddress = macAddress;
  }

  private NicConfig(NicConfig other) {
    this(other.macAddress);
    queuePairs = other.queuePairs;
    txRingSize = other.txRingSize;
    rxRingSize = other.rxRingSize;
    mtu = other.mtu;
    maxFlows = other.maxFlows;
    steeringSeed = other.steeringSeed;
    rssKey = other.rssKey;
    moderation = other.moderation;
    mode = other.mode;
    spinNanos = other.spinNanos;
    clock = other.clock;
    transmitWeights = other.transmitWeights;
    domains = other.domains;
    receive = other.receive;
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

  /** The same with the device on another thread, see {@link DeviceMode}. */
  public NicConfig withMode(DeviceMode whose) {
    NicConfig changed = new NicConfig(this);
    changed.mode = whose;
    return changed;
  }

  /**
   * The same with the device on a thread of its own.
   *
   * @param idleNanos how long it goes on looking for work before it sleeps, 0 or more; {@link
   *     Long#MAX_VALUE} never sleeps
   */
  public NicConfig withThread(long idleNanos) {
    if (idleNanos < 0) {
      throw new IllegalArgumentException("the device looks 0 ns or longer, not " + idleNanos);
    }
    NicConfig changed = withMode(DeviceMode.THREAD);
    changed.spinNanos = idleNanos;
    return changed;
  }

  /**
   * The same with a clock for the device's own use: its deadlines, and how long it took. {@code
   * System.nanoTime()} otherwise.
   */
  public NicConfig withClock(NanoClock source) {
    NicConfig changed = new NicConfig(this);
    changed.clock = source;
    return changed;
  }

  /**
   * The same with shares of what is sent, in bytes, where one device serves all queues and they
   * cannot all send what they have.
   *
   * @param weights of queue 0 and the following, 1 to 256; queues without one have 1
   */
  public NicConfig withTransmitWeights(int... weights) {
    for (int weight : weights) {
      if (weight < 1 || weight > MAX_WEIGHT) {
        throw new IllegalArgumentException("a queue's weight is 1 to 256, not " + weight);
      }
    }
    NicConfig changed = new NicConfig(this);
    changed.transmitWeights = weights.clone();
    return changed;
  }

  /** The same with another limit of the flow table, for all queues together: 1 or more flows. */
  public NicConfig withMaxFlows(int flows) {
    if (flows < 1) {
      throw new IllegalArgumentException("a flow table has room for a flow, not for " + flows);
    }
    NicConfig changed = new NicConfig(this);
    changed.maxFlows = flows;
    return changed;
  }

  /** The same with a flow table whose hash a test can repeat; it is random otherwise. */
  public NicConfig withSteeringSeed(long seed) {
    NicConfig changed = new NicConfig(this);
    changed.steeringSeed = seed;
    return changed;
  }

  /**
   * The same with a chosen key of the receive hash, {@link ToeplitzHash#KEY_LENGTH} bytes. It is
   * random otherwise, so that no peer can choose ports that all meet in one queue.
   */
  public NicConfig withRssKey(byte[] key) {
    if (key.length != ToeplitzHash.KEY_LENGTH) {
      throw new IllegalArgumentException(
          "a key has " + ToeplitzHash.KEY_LENGTH + " bytes, not " + key.length);
    }
    NicConfig changed = new NicConfig(this);
    changed.rssKey = key.clone();
    return changed;
  }

  /**
   * The same with one more protection domain, whose number is 1 for the first. Queue pairs that
   * belong to none are the default domain's, which is trusted.
   *
   * @param queues the numbers of its queue pairs, which no other domain has
   */
  public NicConfig withDomain(String name, ProtectionDomain.Policy policy, int... queues) {
    List<Integer> numbers = new ArrayList<>();
    for (int queue : queues) {
      if (queue < 0 || numbers.contains(queue)) {
        throw new IllegalArgumentException("queue pair " + queue + " of domain " + name);
      }
      for (ProtectionDomains.Wanted other : domains) {
        if (other.queues().contains(queue)) {
          throw new IllegalArgumentException(
              "queue pair " + queue + " belongs to domain " + other.name() + " already");
        }
      }
      numbers.add(queue);
    }
    NicConfig changed = new NicConfig(this);
    changed.domains = new ArrayList<>(domains);
    changed.domains.add(new ProtectionDomains.Wanted(name, policy, List.copyOf(numbers)));
    return changed;
  }

  /** The configured protection domains, the default one left out. */
  List<ProtectionDomains.Wanted> domains() {
    return domains;
  }

  /** The same with another treatment of received frames. */
  public NicConfig withReceive(ReceiveOptions options) {
    NicConfig changed = new NicConfig(this);
    changed.receive = options;
    return changed;
  }

  /** What is done to received frames. */
  public ReceiveOptions receive() {
    return receive;
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

  /** Whose thread the device works on. */
  public DeviceMode mode() {
    return mode;
  }

  /** How long a device thread goes on looking for work before it sleeps, in nanoseconds. */
  public long spinNanos() {
    return spinNanos;
  }

  /** The device's clock. */
  public NanoClock clock() {
    return clock;
  }

  /** The weight of every queue. */
  public int[] transmitWeights() {
    int[] weights = new int[queuePairs];
    Arrays.fill(weights, 1);
    System.arraycopy(
        transmitWeights, 0, weights, 0, Math.min(weights.length, transmitWeights.length));
    return weights;
  }

  /** The most flows of all queues together. */
  public int maxFlows() {
    return maxFlows;
  }

  /** The chosen seed of the flow table's hash, or a random one. */
  long steeringSeed() {
    return steeringSeed == null ? RANDOM.nextLong() : steeringSeed;
  }

  /** The chosen key of the receive hash, or a random one. */
  byte[] rssKey() {
    if (rssKey != null) {
      return rssKey.clone();
    }
    byte[] key = new byte[ToeplitzHash.KEY_LENGTH];
    RANDOM.nextBytes(key);
    return key;
  }
}
