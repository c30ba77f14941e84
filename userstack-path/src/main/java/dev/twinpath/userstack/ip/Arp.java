package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;

/**
 * The address resolution protocol (RFC 826). Requests for our addresses are answered; answers and
 * gratuitous announcements change an entry that exists, and never make one, so that a flood of them
 * fills nothing.
 */
public final class Arp {
  private static final int FRAME = EthernetHeader.LENGTH + ArpHeader.LENGTH;

  private final RouteTable routes;
  private final NeighborCache cache;
  private final LinkOutput link;
  private final StackCounters counters;
  private final long mac;
  private final AddressConflictDetection conflicts;

  /**
   * Wires the protocol to the cache.
   *
   * @param conflictDetection of {@link AddressConflictDetection}
   */
  Arp(
      RouteTable routes,
      NeighborCache cache,
      LinkOutput link,
      StackCounters counters,
      TimerWheel wheel,
      long mac,
      int conflictDetection,
      long randomSeed) {
    this.routes = routes;
    this.cache = cache;
    this.link = link;
    this.counters = counters;
    this.mac = mac;
    conflicts =
        new AddressConflictDetection(
            routes,
            wheel,
            counters,
            (sender, target) ->
                send(ArpHeader.REQUEST, EthernetHeader.BROADCAST, sender, 0, target),
            conflictDetection,
            randomSeed);
    cache.solicitor(this::solicit);
  }

  /** Begins to probe for our addresses, if that is wanted. */
  void start(long nowNanos) {
    conflicts.start(nowNanos);
  }

  /**
   * An ARP frame came.
   *
   * @param frame its Ethernet header
   * @param length of the frame
   * @param replica whether another shard has the frame too, and answers
   */
  public void onFrame(long frame, int length, boolean replica, long nowNanos) {
    counters.increment(StackCounter.ARP_IN);
    long arp = frame + EthernetHeader.LENGTH;
    if (length < FRAME || !ArpHeader.isIpv4OverEthernet(arp)) {
      counters.increment(StackCounter.ARP_MALFORMED);
      return;
    }
    long senderMac = ArpHeader.senderMac(arp);
    int sender = ArpHeader.senderAddress(arp);
    int target = ArpHeader.targetAddress(arp);
    int operation = ArpHeader.operation(arp);
    if (EthernetHeader.isGroup(senderMac) || senderMac == 0 || senderMac == mac) {
      // Nobody can be reached by what is claimed, or it is our own and came back.
      counters.increment(StackCounter.ARP_MALFORMED);
      return;
    }
    int claimed = routes.indexOf(0, IpAddress.mapped(sender == 0 ? target : sender));
    if (claimed >= 0) {
      conflicts.onClaim(claimed, sender != 0, nowNanos);
      if (sender != 0) {
        return;
      }
    }
    boolean forUs = routes.isLocal(target);
    if (operation == ArpHeader.REQUEST) {
      // RFC 5227: sender 0 is a probe, which asks and says nothing.
      if (sender != 0) {
        boolean onLink = Ipv4Address.isUnicast(sender) && routes.nextHop(sender) == sender;
        cache.learn(0, IpAddress.mapped(sender), senderMac, forUs && onLink, false, nowNanos);
      }
      if (forUs && !replica) {
        send(ArpHeader.REPLY, senderMac, target, senderMac, sender);
      }
    } else if (operation == ArpHeader.REPLY) {
      cache.learn(0, IpAddress.mapped(sender), senderMac, false, forUs, nowNanos);
    } else {
      counters.increment(StackCounter.ARP_MALFORMED);
    }
  }

  private void solicit(Neighbor neighbor, long to) {
    int address = (int) neighbor.low;
    int source = routes.sourceFor(address);
    if (source != 0) {
      send(ArpHeader.REQUEST, to, source, 0, address);
    }
  }

  private void send(int operation, long to, int sender, long targetMac, int target) {
    if (!link.hasRoom(1)) {
      counters.increment(StackCounter.TX_CONTROL_DROPPED);
      return;
    }
    long frame = link.headerSlot();
    EthernetHeader.write(frame, to, mac, EthernetHeader.TYPE_ARP);
    ArpHeader.write(frame + EthernetHeader.LENGTH, operation, mac, sender, targetMac, target);
    link.sendSlot(FRAME);
    counters.increment(
        operation == ArpHeader.REQUEST
            ? StackCounter.ARP_REQUESTS_OUT
            : StackCounter.ARP_REPLIES_OUT);
  }
}
