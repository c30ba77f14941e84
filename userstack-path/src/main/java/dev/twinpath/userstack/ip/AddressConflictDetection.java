package dev.twinpath.userstack.ip;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.Random;

/**
 * IPv4 address conflict detection (RFC 5227). Linux counts on others for it, so it is off by
 * default. A conflict is always counted; when defending is on, an announcement answers it, once in
 * ten seconds and no more, and the address stays in use (section 2.4 (c)): two hosts that cannot
 * agree do not flood their link.
 */
final class AddressConflictDetection {
  /** Conflicts are counted. */
  static final int OFF = 0;

  /** An address that is in use is defended. */
  static final int DEFEND = 1;

  /** An address is probed for before it is used, announced, and defended. */
  static final int PROBE = 2;

  private static final long SECOND = 1_000_000_000L;
  private static final int PROBES = 3;
  private static final int ANNOUNCEMENTS = 2;
  private static final long ANNOUNCE_WAIT = 2 * SECOND;
  private static final long ANNOUNCE_INTERVAL = 2 * SECOND;
  private static final long DEFEND_INTERVAL = 10 * SECOND;

  /** Sends an ARP request in an address's name. */
  @FunctionalInterface
  interface Announcer {
    /**
     * Sends a broadcast request.
     *
     * @param sender the address, or 0 to ask without saying anything
     * @param target the address
     */
    void request(int sender, int target);
  }

  private final RouteTable routes;
  private final TimerWheel wheel;
  private final StackCounters counters;
  private final Announcer announcer;
  private final int mode;
  private final Random random;
  private final AddressOwner[] owners;

  AddressConflictDetection(
      RouteTable routes,
      TimerWheel wheel,
      StackCounters counters,
      Announcer announcer,
      int mode,
      long randomSeed) {
    this.routes = routes;
    this.wheel = wheel;
    this.counters = counters;
    this.announcer = announcer;
    this.mode = mode;
    random = new Random(randomSeed);
    owners = new AddressOwner[routes.addressCount()];
    for (int i = 0; i < owners.length; i++) {
      owners[i] = new AddressOwner(i, this::step);
    }
  }

  /** Begins to probe for every IPv4 address if that is wanted (section 2.1.1). */
  void start(long nowNanos) {
    for (int i = 0; mode == PROBE && i < owners.length; i++) {
      if (routes.address(i).isV4()) {
        owners[i].left = PROBES + ANNOUNCEMENTS;
        routes.state(i, AddressState.TENTATIVE);
        wheel.armNoLaterThan(owners[i], nowNanos + between(0, SECOND));
      }
    }
  }

  private long between(long least, long most) {
    return least + (long) (random.nextDouble() * (most - least));
  }

  private void step(AddressOwner owner, long nowNanos) {
    int address = routes.address(owner.index).address().v4();
    if (owner.left > ANNOUNCEMENTS) {
      owner.left--;
      announcer.request(0, address);
      boolean last = owner.left == ANNOUNCEMENTS;
      wheel.armNoLaterThan(owner, nowNanos + (last ? ANNOUNCE_WAIT : between(SECOND, 2 * SECOND)));
      return;
    }
    routes.state(owner.index, AddressState.PREFERRED);
    announcer.request(address, address);
    if (--owner.left > 0) {
      wheel.armNoLaterThan(owner, nowNanos + ANNOUNCE_INTERVAL);
    }
  }

  /**
   * An ARP packet of somebody else names an address of ours.
   *
   * @param index of the address
   * @param uses whether he says that it is his; else he probes for it
   */
  void onClaim(int index, boolean uses, long nowNanos) {
    AddressOwner owner = owners[index];
    AddressState state = routes.state(index);
    if (state == AddressState.TENTATIVE) {
      counters.increment(StackCounter.ADDRESS_DUPLICATES);
      wheel.cancel(owner);
      routes.state(index, AddressState.DUPLICATE);
      return;
    }
    if (!uses || state != AddressState.PREFERRED) {
      return;
    }
    counters.increment(StackCounter.ADDRESS_CONFLICTS);
    if (mode != OFF
        && (owner.claimedNanos == 0 || nowNanos - owner.claimedNanos >= DEFEND_INTERVAL)) {
      owner.claimedNanos = nowNanos;
      int address = routes.address(index).address().v4();
      announcer.request(address, address);
    }
  }
}
