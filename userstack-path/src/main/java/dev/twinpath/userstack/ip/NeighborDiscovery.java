package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * Neighbour discovery for IPv6 (RFC 4861): solicitations for our addresses are answered, and
 * advertisements change entries of the {@link NeighborCache} that exist; they never make one.
 * Messages of routers and redirects are counted and ignored: routes are configured.
 */
final class NeighborDiscovery {
  /** Whoever sees it knows that no router has passed the packet on (RFC 4861 section 3.1). */
  private static final int HOP_LIMIT = 255;

  private static final int TARGET = 8;
  private static final int OPTIONS = 24;
  private static final int OPTION_SOURCE_MAC = 1;
  private static final int OPTION_TARGET_MAC = 2;
  private static final int OPTION_NONCE = 14;
  private static final int ROUTER = 1 << 31;
  private static final int SOLICITED = 1 << 30;
  private static final int OVERRIDE = 1 << 29;

  private static final long NO_MAC = -1;
  private static final long ALL_NODES_HIGH = 0xff02L << 48;
  private static final long ALL_NODES_LOW = 1;

  /** ff02::1:ff00:0, which the last 24 bits of an address make its group. */
  private static final long SOLICITED_LOW = 0x1_ff00_0000L;

  private final RouteTable routes;
  private final NeighborCache cache;
  private final LinkOutput link;
  private final StackCounters counters;
  private final long mac;
  private AddressDefence defence = AddressDefence.NONE;

  // What options() found.
  private long optionMac;
  private long optionNonce;

  /** Told of others that use, or try to use, an address of ours. */
  interface AddressDefence {
    /** Nobody. */
    AddressDefence NONE = (index, probe, nonce, nowNanos) -> {};

    /**
     * Somebody else claims an address of ours.
     *
     * @param index of the address
     * @param probe whether it only asks for it, as duplicate address detection does
     * @param nonce of the message, 0 = it has none (RFC 7527)
     */
    void onClaim(int index, boolean probe, long nonce, long nowNanos);
  }

  NeighborDiscovery(
      RouteTable routes, NeighborCache cache, LinkOutput link, StackCounters counters, long mac) {
    this.routes = routes;
    this.cache = cache;
    this.link = link;
    this.counters = counters;
    this.mac = mac;
    cache.solicitor6(this::solicit);
  }

  /** Our link address. */
  long mac() {
    return mac;
  }

  void defence(AddressDefence d) {
    defence = d;
  }

  /** The upper half of every solicited-node group (RFC 4291 section 2.7.1). */
  static long groupHigh() {
    return ALL_NODES_HIGH;
  }

  /** The lower half of an address's solicited-node group. */
  static long groupLow(long addressLow) {
    return SOLICITED_LOW | addressLow & 0xffffffL;
  }

  /**
   * Whether packets to a group are for us: all nodes of the link, and our solicited-node groups.
   */
  static boolean isMember(RouteTable routes, long high, long low) {
    if (high != ALL_NODES_HIGH) {
      return false;
    }
    if (low == ALL_NODES_LOW) {
      return true;
    }
    for (int i = 0; i < routes.addressCount(); i++) {
      InterfaceAddress ours = routes.address(i);
      if (!ours.isV4() && groupLow(ours.address().low()) == low) {
        return true;
      }
    }
    return false;
  }

  /**
   * A message of neighbour discovery came, its checksum verified.
   *
   * @param frame the Ethernet header
   * @param replica whether another shard has the message too, and answers
   */
  void onMessage(long frame, long ip, long message, int length, boolean replica, long nowNanos) {
    int type = Icmp6Header.type(message);
    int least = type == Icmp6Header.ROUTER_SOLICITATION ? 8 : 16;
    boolean neighbor =
        type == Icmp6Header.NEIGHBOR_SOLICITATION || type == Icmp6Header.NEIGHBOR_ADVERTISEMENT;
    int options = neighbor ? OPTIONS : least;
    if (Ipv6Header.hopLimit(ip) != HOP_LIMIT
        || IcmpHeader.code(message) != 0
        || length < options
        || EthernetHeader.source(frame) == mac) {
      counters.increment(StackCounter.ND_REFUSED);
      return;
    }
    if (!neighbor) {
      counters.increment(StackCounter.ND_IGNORED);
      return;
    }
    long targetHigh = Memory.getLongBE(message + TARGET);
    long targetLow = Memory.getLongBE(message + TARGET + 8);
    if (targetHigh >>> 56 == 0xff
        || IpAddress.isV4(targetHigh, targetLow)
        || !options(message + OPTIONS, message + length)) {
      counters.increment(StackCounter.ND_REFUSED);
      return;
    }
    if (type == Icmp6Header.NEIGHBOR_SOLICITATION) {
      onSolicitation(ip, targetHigh, targetLow, replica, nowNanos);
    } else {
      onAdvertisement(ip, message, targetHigh, targetLow, nowNanos);
    }
  }

  /** Finds the options that say something to us; false if one has no length or does not fit. */
  private boolean options(long from, long end) {
    optionMac = NO_MAC;
    optionNonce = 0;
    for (long at = from; at < end; ) {
      int size = at + 2 > end ? 0 : Memory.getByte(at + 1) << 3;
      if (size == 0 || at + size > end) {
        return false;
      }
      int type = Memory.getByte(at);
      if ((type == OPTION_SOURCE_MAC || type == OPTION_TARGET_MAC) && size == 8) {
        long found = EthernetHeader.mac(at + 2);
        if (EthernetHeader.isGroup(found) || found == 0) {
          return false;
        }
        optionMac = found;
      } else if (type == OPTION_NONCE && size == 8) {
        optionNonce = EthernetHeader.mac(at + 2);
      }
      at += size;
    }
    return true;
  }

  /** RFC 4861 sections 7.1.1, 7.2.3 and 7.2.4. */
  private void onSolicitation(
      long ip, long targetHigh, long targetLow, boolean replica, long nowNanos) {
    long sourceHigh = Memory.getLongBE(Ipv6Header.source(ip));
    long sourceLow = Memory.getLongBE(Ipv6Header.source(ip) + 8);
    long destinationHigh = Memory.getLongBE(Ipv6Header.destination(ip));
    long destinationLow = Memory.getLongBE(Ipv6Header.destination(ip) + 8);
    boolean probe = sourceHigh == 0 && sourceLow == 0;
    boolean toGroup = destinationHigh == groupHigh() && destinationLow == groupLow(destinationLow);
    if (probe && (optionMac != NO_MAC || !toGroup)) {
      counters.increment(StackCounter.ND_REFUSED);
      return;
    }
    counters.increment(StackCounter.ND_SOLICITATIONS_IN);
    int ours = routes.indexOf(targetHigh, targetLow);
    if (ours < 0) {
      return;
    }
    if (probe) {
      defence.onClaim(ours, true, optionNonce, nowNanos);
    }
    if (!routes.isLocal(targetHigh, targetLow)) {
      // Tentative: neither used nor answered (RFC 4862 section 5.4.3).
      return;
    }
    if (probe) {
      if (!replica) {
        advertise(targetHigh, targetLow, groupHigh(), ALL_NODES_LOW, 0, 0, nowNanos);
      }
      return;
    }
    if (optionMac != NO_MAC && isOnLink(sourceHigh, sourceLow)) {
      cache.learn(sourceHigh, sourceLow, optionMac, true, false, nowNanos);
    }
    if (!replica) {
      advertise(targetHigh, targetLow, sourceHigh, sourceLow, SOLICITED, optionMac, nowNanos);
    }
  }

  /** RFC 4861 sections 7.1.2 and 7.2.5. */
  private void onAdvertisement(
      long ip, long message, long targetHigh, long targetLow, long nowNanos) {
    int flags = IcmpHeader.rest(message);
    boolean solicited = (flags & SOLICITED) != 0;
    if (solicited && Memory.getByte(Ipv6Header.destination(ip)) == 0xff) {
      counters.increment(StackCounter.ND_REFUSED);
      return;
    }
    counters.increment(StackCounter.ND_ADVERTISEMENTS_IN);
    int ours = routes.indexOf(targetHigh, targetLow);
    if (ours >= 0) {
      defence.onClaim(ours, false, 0, nowNanos);
      return;
    }
    Neighbor neighbor = cache.find(targetHigh, targetLow);
    if (neighbor != null) {
      neighbor.router = (flags & ROUTER) != 0;
      cache.advertised(neighbor, optionMac, solicited, (flags & OVERRIDE) != 0, nowNanos);
    }
  }

  private boolean isOnLink(long high, long low) {
    Route route = routes.find(high, low);
    return route != null && route.hopLow(low) == low && route.hopHigh(high) == high;
  }

  // --- out

  private void solicit(Neighbor neighbor, long to) {
    IpAddress source = routes.sourceFor(neighbor.high, neighbor.low);
    if (source == null) {
      return;
    }
    boolean toAll = to == EthernetHeader.BROADCAST;
    long group = groupLow(neighbor.low);
    long destinationHigh = toAll ? groupHigh() : neighbor.high;
    long destinationLow = toAll ? group : neighbor.low;
    solicit(
        neighbor.high,
        neighbor.low,
        source.high(),
        source.low(),
        destinationHigh,
        destinationLow,
        toAll ? Ipv6Output.groupMac(group) : to,
        0);
  }

  /**
   * Asks whether somebody has an address that we want (RFC 4862 section 5.4.2).
   *
   * @param nonce by which we know our own question again (RFC 7527)
   */
  void probe(long high, long low, long nonce) {
    long group = groupLow(low);
    solicit(high, low, 0, 0, groupHigh(), group, Ipv6Output.groupMac(group), nonce);
  }

  private void solicit(
      long targetHigh,
      long targetLow,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      long to,
      long nonce) {
    if (!link.hasRoom(1)) {
      counters.increment(StackCounter.TX_CONTROL_DROPPED);
      return;
    }
    int option = nonce == 0 ? OPTION_SOURCE_MAC : OPTION_NONCE;
    long value = nonce == 0 ? mac : nonce;
    counters.increment(StackCounter.ND_SOLICITATIONS_OUT);
    long ip = begin(to, sourceHigh, sourceLow, destinationHigh, destinationLow);
    end(ip, Icmp6Header.NEIGHBOR_SOLICITATION, 0, targetHigh, targetLow, option, value);
  }

  /**
   * Says that an address is here.
   *
   * @param knownMac the link address to send to, {@link #NO_MAC} = to be found
   */
  private void advertise(
      long targetHigh,
      long targetLow,
      long destinationHigh,
      long destinationLow,
      int solicited,
      long knownMac,
      long nowNanos) {
    long to = knownMac;
    if (destinationHigh >>> 56 == 0xff) {
      to = Ipv6Output.groupMac(destinationLow);
    } else if (to == NO_MAC) {
      Route route = routes.find(destinationHigh, destinationLow);
      if (route == null) {
        return;
      }
      // Who asks without saying its link address has ours, and does not hear us until we know it.
      Neighbor neighbor =
          cache.resolve(route.hopHigh(destinationHigh), route.hopLow(destinationLow), nowNanos);
      if (!neighbor.isUsable()) {
        return;
      }
      to = neighbor.mac();
    }
    if (!link.hasRoom(1)) {
      counters.increment(StackCounter.TX_CONTROL_DROPPED);
      return;
    }
    int override = routes.isOptimistic(targetHigh, targetLow) ? 0 : OVERRIDE;
    counters.increment(StackCounter.ND_ADVERTISEMENTS_OUT);
    long ip = begin(to, targetHigh, targetLow, destinationHigh, destinationLow);
    end(
        ip,
        Icmp6Header.NEIGHBOR_ADVERTISEMENT,
        solicited | override,
        targetHigh,
        targetLow,
        OPTION_TARGET_MAC,
        mac);
  }

  /** Announces an address to all nodes, so that caches are put right. */
  void announce(long high, long low) {
    advertise(high, low, groupHigh(), ALL_NODES_LOW, 0, NO_MAC, 0);
  }

  private long begin(
      long to, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
    long frame = link.headerSlot();
    EthernetHeader.write(frame, to, mac, EthernetHeader.TYPE_IPV6);
    long ip = frame + EthernetHeader.LENGTH;
    Ipv6Header.write(ip, 0, 0, OPTIONS + 8, Ipv6Header.NEXT_ICMP, HOP_LIMIT);
    Memory.putLongBE(Ipv6Header.source(ip), sourceHigh);
    Memory.putLongBE(Ipv6Header.source(ip) + 8, sourceLow);
    Memory.putLongBE(Ipv6Header.destination(ip), destinationHigh);
    Memory.putLongBE(Ipv6Header.destination(ip) + 8, destinationLow);
    return ip;
  }

  private void end(
      long ip, int type, int flags, long targetHigh, long targetLow, int option, long value) {
    long message = ip + Ipv6Header.LENGTH;
    IcmpHeader.write(message, type, 0, flags);
    Memory.putLongBE(message + TARGET, targetHigh);
    Memory.putLongBE(message + TARGET + 8, targetLow);
    Memory.putByte(message + OPTIONS, option);
    Memory.putByte(message + OPTIONS + 1, 1);
    EthernetHeader.putMac(message + OPTIONS + 2, value);
    Icmp6Header.writeChecksum(ip, message, OPTIONS + 8);
    link.sendSlot(EthernetHeader.LENGTH + Ipv6Header.LENGTH + OPTIONS + 8);
  }
}
