package dev.twinpath.userstack.ip;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.Random;

/**
 * Asks, before an IPv6 address is used, whether somebody has it (RFC 4862 section 5.4): one
 * question, and a second's wait for the answer. Meanwhile a listener may be bound to the address,
 * and packets to it are dropped; who connects then sends his SYN again a second later. A duplicate
 * is never used. Our own question, should the link return it, is known by its nonce (RFC 7527).
 */
final class DuplicateAddressDetection implements NeighborDiscovery.AddressDefence {
  /** RFC 4861's RetransTimer. */
  private static final long WAIT = 1_000_000_000L;

  private static final long NONCE_BITS = (1L << 48) - 1;

  private final RouteTable routes;
  private final NeighborDiscovery discovery;
  private final TimerWheel wheel;
  private final StackCounters counters;
  private final AddressOwner[] owners;
  private final Random random;

  /** Wires the detection; {@link #start} begins it. */
  DuplicateAddressDetection(
      RouteTable routes,
      NeighborDiscovery discovery,
      TimerWheel wheel,
      StackCounters counters,
      long randomSeed) {
    this.routes = routes;
    this.discovery = discovery;
    this.wheel = wheel;
    this.counters = counters;
    random = new Random(randomSeed);
    owners = new AddressOwner[routes.addressCount()];
    discovery.defence(this);
  }

  /**
   * Begins to ask for every IPv6 address.
   *
   * @param transmits questions for each (dad_transmits); 0 = all are used at once
   * @param optimistic whether they are used while the answers are awaited (optimistic_dad)
   */
  void start(int transmits, boolean optimistic, long nowNanos) {
    if (transmits == 0) {
      return;
    }
    for (int i = 0; i < owners.length; i++) {
      if (!routes.address(i).isV4()) {
        owners[i] = new AddressOwner(i, this::step);
        owners[i].left = transmits;
        owners[i].nonce = Math.max(1, random.nextLong() & NONCE_BITS);
        routes.state(i, optimistic ? AddressState.OPTIMISTIC : AddressState.TENTATIVE);
        step(owners[i], nowNanos);
      }
    }
  }

  private void step(AddressOwner owner, long nowNanos) {
    if (owner.left == 0) {
      routes.state(owner.index, AddressState.PREFERRED);
      return;
    }
    owner.left--;
    IpAddress address = routes.address(owner.index).address();
    discovery.probe(address.high(), address.low(), owner.nonce);
    wheel.armNoLaterThan(owner, nowNanos + WAIT);
  }

  @Override
  public void onClaim(int index, boolean probe, long nonce, long nowNanos) {
    AddressState state = routes.state(index);
    boolean asking = state == AddressState.TENTATIVE || state == AddressState.OPTIMISTIC;
    if (asking && probe && nonce != 0 && nonce == owners[index].nonce) {
      return;
    }
    if (asking) {
      counters.increment(StackCounter.ADDRESS_DUPLICATES);
      wheel.cancel(owners[index]);
      routes.state(index, AddressState.DUPLICATE);
    } else if (!probe && state == AddressState.PREFERRED) {
      // Whoever only asks is told that the address is here; who uses it too is a conflict.
      counters.increment(StackCounter.ADDRESS_CONFLICTS);
    }
  }
}
