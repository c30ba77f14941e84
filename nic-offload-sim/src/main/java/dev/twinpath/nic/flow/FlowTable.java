package dev.twinpath.nic.flow;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The NIC's exact-match table: protocol and 4-tuple of a received packet, TCP or UDP, IPv4 or IPv6,
 * to the queue that it belongs to and the tag that this queue's host gave.
 *
 * <p>One table for the whole NIC, so that a 4-tuple has one owner. It lies off-heap and grows by
 * doubling up to a limit; a lookup costs about one cache miss however many flows there are, takes
 * no lock and allocates nothing. Sixteen banks, chosen by the hash, let hosts insert and remove at
 * the same time: a writer takes its bank's lock, a reader that meets a change in its bank looks
 * again ({@link FlowBank}).
 *
 * <p>Any thread. "Local" is the destination of what is received. IPv4 addresses are ints in host
 * order, IPv6 addresses are where their 16 bytes lie.
 */
public final class FlowTable implements AutoCloseable {
  /** What lookups return for an unknown flow. */
  public static final int NONE = -1;

  /** How an insertion went. */
  public enum Insertion {
    /** The flow is in the table, with the tag. */
    DONE,
    /** The table has as many flows as it may, or the machine has no memory: nothing was changed. */
    FULL,
    /** The flow belongs to another queue: nothing was changed. */
    TAKEN
  }

  /** How far beyond {@link #home} a search may look next, and what may be read there. */
  static final int STRIDE = FlowBank.STRIDE;

  private static final int LOG2_BANKS = 4;
  private static final int BANKS = 1 << LOG2_BANKS;

  private final FlowHash hash;
  private final FlowBank[] banks4 = new FlowBank[BANKS];
  private final FlowBank[] banks6 = new FlowBank[BANKS];

  /** Goes with the table, not with {@link #close}: a lookup that comes late finds nothing. */
  private final Arena arena = Arena.ofAuto();

  private final int queues;
  private final int maxFlows;
  private final AtomicInteger size = new AtomicInteger();
  private final AtomicIntegerArray sizes;
  private boolean closed;

  /**
   * @param queues of the NIC
   * @param maxFlows the most flows, greater than 0
   * @param seed of the hash; unpredictable outside of tests
   */
  public FlowTable(int queues, int maxFlows, long seed) {
    if (queues < 1 || maxFlows < 1) {
      throw new IllegalArgumentException(queues + " queues, " + maxFlows + " flows");
    }
    this.queues = queues;
    this.maxFlows = maxFlows;
    this.sizes = new AtomicIntegerArray(queues);
    this.hash = new FlowHash(seed);
    long control = arena.allocate(2L * BANKS * FlowBank.CONTROL_LENGTH, 128).address();
    for (int i = 0; i < BANKS; i++) {
      banks4[i] = new FlowBank(hash, false, control + (long) i * FlowBank.CONTROL_LENGTH);
      banks6[i] = new FlowBank(hash, true, control + (long) (BANKS + i) * FlowBank.CONTROL_LENGTH);
    }
  }

  /** The queue of what {@link #find} or {@link #find6} returned, unless that was {@link #NONE}. */
  public static int queue(long found) {
    return (int) (found >>> 32);
  }

  /** The tag of what {@link #find} or {@link #find6} returned, unless that was {@link #NONE}. */
  public static int tag(long found) {
    return (int) found;
  }

  private static long addresses(int local, int remote) {
    return (long) local << 32 | (remote & 0xffffffffL);
  }

  /** Never 0: that is an empty slot. */
  private static long ports(int protocol, int local, int remote) {
    return (long) protocol << 32 | (local & 0xffffL) << 16 | (remote & 0xffffL);
  }

  /** A flow over IPv4: its {@link #queue} and {@link #tag}, or {@link #NONE}. */
  public long find(
      int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    long ports = ports(protocol, localPort, remotePort);
    long addresses = addresses(localAddress, remoteAddress);
    long hashed = hash.hash(ports, addresses);
    return banks4[FlowHash.bank(hashed, LOG2_BANKS)].find(hashed, ports, addresses, 0, 0, 0);
  }

  /** A flow over IPv6: its {@link #queue} and {@link #tag}, or {@link #NONE}. */
  public long find6(
      int protocol, long localAddress, int localPort, long remoteAddress, int remotePort) {
    long ports = ports(protocol, localPort, remotePort);
    long a = Memory.getLong(localAddress);
    long b = Memory.getLong(localAddress + 8);
    long c = Memory.getLong(remoteAddress);
    long d = Memory.getLong(remoteAddress + 8);
    long hashed = hash.hash(ports, a, b, c, d);
    return banks6[FlowHash.bank(hashed, LOG2_BANKS)].find(hashed, ports, a, b, c, d);
  }

  /**
   * The address where {@link #find} will begin, for who wants to bring several such places into the
   * cache at once; 0 for none. It may be read until {@link #close}, and means nothing.
   */
  long home(int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    long hashed =
        hash.hash(ports(protocol, localPort, remotePort), addresses(localAddress, remoteAddress));
    return banks4[FlowHash.bank(hashed, LOG2_BANKS)].home(hashed);
  }

  /** The same for {@link #find6}. */
  long home6(int protocol, long localAddress, int localPort, long remoteAddress, int remotePort) {
    long hashed =
        hash.hash(
            ports(protocol, localPort, remotePort),
            Memory.getLong(localAddress),
            Memory.getLong(localAddress + 8),
            Memory.getLong(remoteAddress),
            Memory.getLong(remoteAddress + 8));
    return banks6[FlowHash.bank(hashed, LOG2_BANKS)].home(hashed);
  }

  /**
   * Adds a flow over IPv4, or changes the tag of one that is the queue's.
   *
   * @param queue 0 to the NIC's queues - 1
   * @param protocol the IP protocol's number, 1 to 255
   * @param tag not negative
   */
  public Insertion insert(
      int queue,
      int protocol,
      int localAddress,
      int localPort,
      int remoteAddress,
      int remotePort,
      int tag) {
    check(queue, protocol, tag);
    long ports = ports(protocol, localPort, remotePort);
    long addresses = addresses(localAddress, remoteAddress);
    long hashed = hash.hash(ports, addresses);
    FlowBank bank = banks4[FlowHash.bank(hashed, LOG2_BANKS)];
    return insert(bank, hashed, ports, addresses, 0, 0, 0, queue, tag);
  }

  /** The same over IPv6. */
  public Insertion insert6(
      int queue,
      int protocol,
      long localAddress,
      int localPort,
      long remoteAddress,
      int remotePort,
      int tag) {
    check(queue, protocol, tag);
    long ports = ports(protocol, localPort, remotePort);
    long a = Memory.getLong(localAddress);
    long b = Memory.getLong(localAddress + 8);
    long c = Memory.getLong(remoteAddress);
    long d = Memory.getLong(remoteAddress + 8);
    long hashed = hash.hash(ports, a, b, c, d);
    FlowBank bank = banks6[FlowHash.bank(hashed, LOG2_BANKS)];
    return insert(bank, hashed, ports, a, b, c, d, queue, tag);
  }

  private void check(int queue, int protocol, int tag) {
    if (queue < 0 || queue >= queues || protocol < 1 || protocol > 255 || tag < 0) {
      throw new IllegalArgumentException(
          "queue " + queue + " of " + queues + ", protocol " + protocol + ", tag " + tag);
    }
  }

  private Insertion insert(
      FlowBank bank, long hashed, long ports, long a, long b, long c, long d, int queue, int tag) {
    long value = (long) queue << 32 | tag;
    synchronized (bank) {
      long found = bank.find(hashed, ports, a, b, c, d);
      if (found != NONE) {
        if (queue(found) != queue) {
          return Insertion.TAKEN;
        }
        bank.replace(hashed, ports, a, b, c, d, value);
        return Insertion.DONE;
      }
      if (size.incrementAndGet() > maxFlows || closed || !bank.reserve()) {
        size.decrementAndGet();
        return Insertion.FULL;
      }
      bank.add(hashed, ports, a, b, c, d, value);
    }
    sizes.getAndIncrement(queue);
    return Insertion.DONE;
  }

  /**
   * Removes a flow of a queue over IPv4.
   *
   * @return its tag, or {@link #NONE} when it was not there or is another queue's
   */
  public int remove(
      int queue, int protocol, int localAddress, int localPort, int remoteAddress, int remotePort) {
    long ports = ports(protocol, localPort, remotePort);
    long addresses = addresses(localAddress, remoteAddress);
    long hashed = hash.hash(ports, addresses);
    FlowBank bank = banks4[FlowHash.bank(hashed, LOG2_BANKS)];
    return remove(bank, hashed, ports, addresses, 0, 0, 0, queue);
  }

  /** The same over IPv6. */
  public int remove6(
      int queue,
      int protocol,
      long localAddress,
      int localPort,
      long remoteAddress,
      int remotePort) {
    long ports = ports(protocol, localPort, remotePort);
    long a = Memory.getLong(localAddress);
    long b = Memory.getLong(localAddress + 8);
    long c = Memory.getLong(remoteAddress);
    long d = Memory.getLong(remoteAddress + 8);
    long hashed = hash.hash(ports, a, b, c, d);
    FlowBank bank = banks6[FlowHash.bank(hashed, LOG2_BANKS)];
    return remove(bank, hashed, ports, a, b, c, d, queue);
  }

  private int remove(
      FlowBank bank, long hashed, long ports, long a, long b, long c, long d, int queue) {
    long found;
    synchronized (bank) {
      found = bank.find(hashed, ports, a, b, c, d);
      if (found == NONE || queue(found) != queue) {
        return NONE;
      }
      bank.remove(hashed, ports, a, b, c, d);
    }
    size.getAndDecrement();
    sizes.getAndDecrement(queue);
    return tag(found);
  }

  /** How many flows there are. */
  public int size() {
    return size.get();
  }

  /** How many flows a queue has. */
  public int size(int queue) {
    return sizes.get(queue);
  }

  /** The most flows. */
  public int maxFlows() {
    return maxFlows;
  }

  /** Gives the memory back. No queue works any more. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (int i = 0; i < BANKS; i++) {
      synchronized (banks4[i]) {
        banks4[i].close();
      }
      synchronized (banks6[i]) {
        banks6[i].close();
      }
    }
  }
}
