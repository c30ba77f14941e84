package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.function.Consumer;

/**
 * The link addresses of neighbours of both IP versions. An address is two longs, IPv4 as mapped
 * ({@link IpAddress}). Bounded: 1024 entries (when there are more, those of which we only heard
 * make room first), 64 waiting packets each (Linux's unres_qlen_bytes lets about as many wait), 256
 * in all. Times are Linux's: reachable for 30 s, 5 s of delay, three probes a second apart.
 */
public final class NeighborCache {
  private static final long SECOND = 1_000_000_000L;
  private static final long REACHABLE_TIME = 30 * SECOND;
  private static final long DELAY_TIME = 5 * SECOND;
  private static final long RETRANSMIT_TIME = SECOND;
  private static final long LOCK_TIME = SECOND;
  private static final int MAX_PROBES = 3;
  private static final int MAX_ENTRIES = 1024;
  private static final int MAX_PENDING = 64;
  private static final int MAX_PENDING_TOTAL = 256;
  private static final int BUCKETS = 256;
  private static final long NO_MAC = -1;

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

  // Waiting frames: lists of places in these arrays; free places are a list too.
  private final int[] pendingBlock = new int[MAX_PENDING_TOTAL];
  private final int[] pendingLength = new int[MAX_PENDING_TOTAL];
  private final int[] pendingNext = new int[MAX_PENDING_TOTAL];
  private int pendingFree;
  private int evictionHand;

  /** Creates an empty cache. */
  public NeighborCache(TimerWheel wheel, LinkOutput link, StackCounters counters) {
    this.wheel = wheel;
    this.link = link;
    this.counters = counters;
    for (int i = 0; i < MAX_PENDING_TOTAL; i++) {
      pendingNext[i] = i + 1;
    }
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
    neighbor.wanted = true;
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
    if (!mayQueue(neighbor, 1)) {
      counters.increment(StackCounter.ARP_PENDING_DROPS);
      link.slab().give(block);
      return;
    }
    int place = pendingFree;
    pendingFree = pendingNext[place];
    pendingBlock[place] = block;
    pendingLength[place] = length;
    pendingNext[place] = -1;
    if (neighbor.pendingHead < 0) {
      neighbor.pendingHead = place;
    } else {
      pendingNext[neighbor.pendingTail] = place;
    }
    neighbor.pendingTail = place;
    neighbor.pendingCount++;
    pendingTotal++;
  }

  /**
   * Whether so many more frames may wait for a neighbour.
   *
   * @param neighbor null = there is no entry yet
   */
  boolean mayQueue(Neighbor neighbor, int frames) {
    int waiting = neighbor == null ? 0 : neighbor.pendingCount;
    return (neighbor == null || neighbor.state != NeighborState.FAILED)
        && waiting + frames <= MAX_PENDING
        && pendingTotal + frames <= MAX_PENDING_TOTAL;
  }

  /** Takes the frame that has waited longest; returns its place, which is free again. */
  private int dequeue(Neighbor neighbor) {
    int place = neighbor.pendingHead;
    neighbor.pendingHead = pendingNext[place];
    pendingNext[place] = pendingFree;
    pendingFree = place;
    neighbor.pendingCount--;
    pendingTotal--;
    return place;
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
    if (changed && wasUsable && nowNanos - neighbor.updatedNanos < LOCK_TIME) {
      // As Linux's locktime: of several that claim an address at once, the first is believed.
      counters.increment(StackCounter.NEIGHBOR_LOCKED);
      return;
    }
    neighbor.updatedNanos = nowNanos;
    if (changed) {
      neighbor.mac = mac;
      neighbor.version++;
    }
    if (confirms) {
      reachable(neighbor, nowNanos);
    } else if (changed) {
      neighbor.state = NeighborState.STALE;
      wheel.cancel(neighbor);
    }
    flushPending(neighbor, nowNanos);
    if (changed) {
      resolved.accept(neighbor);
    }
  }

  /**
   * A neighbour advertised itself (RFC 4861 section 7.2.5).
   *
   * @param mac the link address that it says, -1 = it says none
   * @param solicited whether it answers a question of ours
   * @param override whether what it says replaces what is known
   */
  void advertised(Neighbor neighbor, long mac, boolean solicited, boolean override, long nowNanos) {
    boolean known = neighbor.isUsable();
    if (!known && mac == NO_MAC) {
      return;
    }
    boolean differs = mac != NO_MAC && (!known || mac != neighbor.mac);
    if (known && differs && !override) {
      if (neighbor.state == NeighborState.REACHABLE) {
        neighbor.state = NeighborState.STALE;
        wheel.cancel(neighbor);
      }
      return;
    }
    if (differs) {
      neighbor.mac = mac;
      neighbor.version++;
    }
    if (solicited) {
      reachable(neighbor, nowNanos);
    } else if (differs) {
      neighbor.state = NeighborState.STALE;
      wheel.cancel(neighbor);
    }
    flushPending(neighbor, nowNanos);
    if (differs) {
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

  private void flushPending(Neighbor neighbor, long nowNanos) {
    if (neighbor.pendingCount > 0) {
      use(neighbor, nowNanos);
    }
    while (neighbor.pendingCount > 0) {
      int place = dequeue(neighbor);
      int block = pendingBlock[place];
      if (link.hasRoom(1)) {
        EthernetHeader.putMac(link.slab().address(block), neighbor.mac);
        link.sendBlock(block, pendingLength[place]);
      } else {
        counters.increment(StackCounter.TX_CONTROL_DROPPED);
        link.slab().give(block);
      }
    }
  }

  private void dropPending(Neighbor neighbor) {
    while (neighbor.pendingCount > 0) {
      counters.increment(StackCounter.ARP_PENDING_DROPS);
      link.slab().give(pendingBlock[dequeue(neighbor)]);
    }
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

  /**
   * Makes room, from buckets in turn: one entry of which we only heard, as floods make them, else
   * one that never answered, else one that is not confirmed now, else any.
   */
  private void evict() {
    counters.increment(StackCounter.ARP_CACHE_FULL);
    for (int pass = 0; pass < 4; pass++) {
      for (int i = 0; i < BUCKETS; i++) {
        int bucket = evictionHand++ & BUCKETS - 1;
        for (Neighbor n = buckets[bucket]; n != null; n = n.bucketNext) {
          if (mayGo(n, pass)) {
            remove(bucket, n);
            return;
          }
        }
      }
    }
  }

  private static boolean mayGo(Neighbor n, int pass) {
    switch (pass) {
      case 0:
        return !n.wanted;
      case 1:
        return n.confirmedNanos == 0;
      case 2:
        return n.state != NeighborState.REACHABLE;
      default:
        return true;
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
