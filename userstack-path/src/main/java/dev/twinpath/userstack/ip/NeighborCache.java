package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.function.Consumer;

/**
 * The link addresses of neighbours of both IP versions. An address is two longs, IPv4 as mapped
 * ({@link IpAddress}). Bounded: 1024 entries, 3 waiting packets each (Linux's unres_qlen was as
 * many), 64 in all. Times are Linux's: reachable for 30 s, 5 s of delay, three probes a second
 * apart.
 */
public final class NeighborCache {
  private static final long SECOND = 1_000_000_000L;
  private static final long REACHABLE_TIME = 30 * SECOND;
  private static final long DELAY_TIME = 5 * SECOND;
  private static final long RETRANSMIT_TIME = SECOND;
  private static final int MAX_PROBES = 3;
  private static final int MAX_ENTRIES = 1024;
  private static final int MAX_PENDING_TOTAL = 64;
  private static final int BUCKETS = 256;

  /** Sends an ARP request or a neighbour solicitation. */
  @FunctionalInterface
  interface Solicitor {
    /**
     * Asks for a link address.
     *
     * @param mac whom to ask: broadcast for everybody, or the address to be confirmed
     */
    void solicit(Neighbor neighbor, long mac);
  }

  private final Neighbor[] buckets = new Neighbor[BUCKETS];
  private final TimerWheel wheel;
  private final LinkOutput link;
  private final StackCounters counters;
  private Solicitor solicitor = (neighbor, mac) -> {};
  private Solicitor solicitor6 = (neighbor, mac) -> {};
  private Consumer<Neighbor> resolved = neighbor -> {};
  private Consumer<Neighbor> failed = neighbor -> {};
  private int entries;
  private int pendingTotal;
  private int evictionHand;

  /** Creates an empty cache. */
  public NeighborCache(TimerWheel wheel, LinkOutput link, StackCounters counters) {
    this.wheel = wheel;
    this.link = link;
    this.counters = counters;
  }

  /** Sets who asks for neighbours by IPv4. */
  void solicitor(Solicitor s) {
    solicitor = s;
  }

  /** Sets who asks for neighbours by IPv6. */
  void solicitor6(Solicitor s) {
    solicitor6 = s;
  }

  /**
   * Sets who is told when an unknown or changed link address becomes known, and when nobody
   * answers.
   */
  public void listeners(Consumer<Neighbor> onResolved, Consumer<Neighbor> onFailed) {
    resolved = onResolved;
    failed = onFailed;
  }

  /**
   * The entry of a neighbour, made if there is none; resolution starts unless the link address is
   * known.
   */
  public Neighbor resolve(long high, long low, long nowNanos) {
    Neighbor neighbor = find(high, low);
    if (neighbor == null) {
      neighbor = create(high, low);
    }
    use(neighbor, nowNanos);
    return neighbor;
  }

  /** A packet is about to be sent to the neighbour: starts what its state demands. */
  public void use(Neighbor neighbor, long nowNanos) {
    switch (neighbor.state) {
      case INCOMPLETE:
      case FAILED:
        if (!neighbor.isArmed()) {
          startProbing(neighbor, NeighborState.INCOMPLETE, nowNanos);
        }
        break;
      case STALE:
        neighbor.state = NeighborState.DELAY;
        wheel.armNoLaterThan(neighbor, nowNanos + DELAY_TIME);
        break;
      default:
        break;
    }
  }

  /** The entry, or null. */
  public Neighbor find(long high, long low) {
    for (Neighbor n = buckets[bucket(high, low)]; n != null; n = n.bucketNext) {
      if (n.low == low && n.high == high) {
        return n;
      }
    }
    return null;
  }

  /** Entries in the cache. */
  public int size() {
    return entries;
  }

  /**
   * Keeps a frame, in a block of the slab, until the neighbour is known. The block is taken over.
   */
  public void enqueue(Neighbor neighbor, int block, int length) {
    if (neighbor.state == NeighborState.FAILED
        || neighbor.pendingCount == Neighbor.MAX_PENDING
        || pendingTotal == MAX_PENDING_TOTAL) {
      counters.increment(StackCounter.ARP_PENDING_DROPS);
      link.slab().give(block);
      return;
    }
    neighbor.pendingBlocks[neighbor.pendingCount] = block;
    neighbor.pendingLengths[neighbor.pendingCount++] = length;
    pendingTotal++;
  }

  /**
   * A neighbour said its link address.
   *
   * @param create whether to make an entry if there is none: it asked for us, so an answer will
   *     follow
   * @param confirms whether it answered a request of ours
   */
  void learn(long high, long low, long mac, boolean create, boolean confirms, long nowNanos) {
    Neighbor neighbor = find(high, low);
    if (neighbor == null) {
      if (!create) {
        return;
      }
      neighbor = create(high, low);
    }
    boolean wasUsable = neighbor.isUsable();
    boolean changed = !wasUsable || neighbor.mac != mac;
    if (changed) {
      neighbor.mac = mac;
      neighbor.version++;
    }
    if (confirms || neighbor.state == NeighborState.INCOMPLETE) {
      reachable(neighbor, nowNanos);
    } else if (changed) {
      neighbor.state = NeighborState.STALE;
      wheel.cancel(neighbor);
    }
    flushPending(neighbor);
    if (changed) {
      resolved.accept(neighbor);
    }
  }

  void reachable(Neighbor neighbor, long nowNanos) {
    neighbor.state = NeighborState.REACHABLE;
    neighbor.confirmedNanos = nowNanos;
    neighbor.probes = 0;
    wheel.cancel(neighbor);
    wheel.armNoLaterThan(neighbor, nowNanos + REACHABLE_TIME);
  }

  void onTimer(Neighbor neighbor, long nowNanos) {
    switch (neighbor.state) {
      case REACHABLE:
        if (nowNanos - neighbor.confirmedNanos < REACHABLE_TIME) {
          wheel.armNoLaterThan(neighbor, neighbor.confirmedNanos + REACHABLE_TIME);
        } else {
          neighbor.state = NeighborState.STALE;
        }
        break;
      case DELAY:
        startProbing(neighbor, NeighborState.PROBE, nowNanos);
        break;
      case INCOMPLETE:
      case PROBE:
        if (neighbor.probes >= MAX_PROBES) {
          fail(neighbor);
        } else {
          probe(neighbor, nowNanos);
        }
        break;
      default:
        break;
    }
  }

  private void startProbing(Neighbor neighbor, NeighborState state, long nowNanos) {
    neighbor.state = state;
    neighbor.probes = 0;
    probe(neighbor, nowNanos);
  }

  private void probe(Neighbor neighbor, long nowNanos) {
    neighbor.probes++;
    wheel.armNoLaterThan(neighbor, nowNanos + RETRANSMIT_TIME);
    (neighbor.isV4() ? solicitor : solicitor6)
        .solicit(
            neighbor,
            neighbor.state == NeighborState.PROBE ? neighbor.mac : EthernetHeader.BROADCAST);
  }

  private void fail(Neighbor neighbor) {
    counters.increment(StackCounter.ARP_FAILED);
    neighbor.state = NeighborState.FAILED;
    dropPending(neighbor);
    failed.accept(neighbor);
  }

  private void flushPending(Neighbor neighbor) {
    for (int i = 0; i < neighbor.pendingCount; i++) {
      int block = neighbor.pendingBlocks[i];
      if (link.hasRoom(1)) {
        EthernetHeader.putMac(link.slab().address(block), neighbor.mac);
        link.sendBlock(block, neighbor.pendingLengths[i]);
      } else {
        counters.increment(StackCounter.TX_CONTROL_DROPPED);
        link.slab().give(block);
      }
    }
    pendingTotal -= neighbor.pendingCount;
    neighbor.pendingCount = 0;
  }

  private void dropPending(Neighbor neighbor) {
    for (int i = 0; i < neighbor.pendingCount; i++) {
      counters.increment(StackCounter.ARP_PENDING_DROPS);
      link.slab().give(neighbor.pendingBlocks[i]);
    }
    pendingTotal -= neighbor.pendingCount;
    neighbor.pendingCount = 0;
  }

  private Neighbor create(long high, long low) {
    if (entries >= MAX_ENTRIES) {
      evict();
    }
    Neighbor neighbor = new Neighbor(this, high, low);
    int bucket = bucket(high, low);
    neighbor.bucketNext = buckets[bucket];
    buckets[bucket] = neighbor;
    entries++;
    return neighbor;
  }

  /** Makes room: one entry that is not confirmed, else any, from a bucket chosen in turn. */
  private void evict() {
    counters.increment(StackCounter.ARP_CACHE_FULL);
    for (int pass = 0; pass < 2; pass++) {
      for (int i = 0; i < BUCKETS; i++) {
        int bucket = evictionHand++ & BUCKETS - 1;
        for (Neighbor n = buckets[bucket]; n != null; n = n.bucketNext) {
          if (pass == 1 || n.state != NeighborState.REACHABLE) {
            remove(bucket, n);
            return;
          }
        }
      }
    }
  }

  private void remove(int bucket, Neighbor victim) {
    Neighbor before = null;
    for (Neighbor n = buckets[bucket]; n != victim; n = n.bucketNext) {
      before = n;
    }
    if (before == null) {
      buckets[bucket] = victim.bucketNext;
    } else {
      before.bucketNext = victim.bucketNext;
    }
    entries--;
    wheel.cancel(victim);
    dropPending(victim);
    victim.state = NeighborState.EVICTED;
  }

  private static int bucket(long high, long low) {
    return (int) ((high * 31 + low) * 0x9e3779b97f4a7c15L >>> 56);
  }

  /** Forgets everything. */
  public void close() {
    for (int i = 0; i < BUCKETS; i++) {
      for (Neighbor n = buckets[i]; n != null; n = n.bucketNext) {
        wheel.cancel(n);
        dropPending(n);
        n.state = NeighborState.EVICTED;
      }
      buckets[i] = null;
    }
    entries = 0;
  }
}
