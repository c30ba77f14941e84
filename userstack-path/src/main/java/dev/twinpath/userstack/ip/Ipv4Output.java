package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * Sends small IPv4 packets that belong to no connection: ICMP, RST and the like. The packet is
 * built in a block of the slab and waits there if the next hop is not known yet.
 */
public final class Ipv4Output {
  static final int TIME_TO_LIVE = 64;

  private final RouteTable routes;
  private final NeighborCache cache;
  private final LinkOutput link;
  private final StackCounters counters;
  private final long mac;
  private int block = -1;

  /** Wires the output. */
  public Ipv4Output(
      RouteTable routes, NeighborCache cache, LinkOutput link, StackCounters counters, long mac) {
    this.routes = routes;
    this.cache = cache;
    this.link = link;
    this.counters = counters;
    this.mac = mac;
  }

  /**
   * Starts a packet.
   *
   * @param payloadLength bytes after the IPv4 header
   * @return where to write the payload; 0 = no room, counted
   */
  public long begin(int payloadLength) {
    BlockPool slab = link.slab();
    int length = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH + payloadLength;
    if (length > slab.blockSize() || !link.hasRoom(1) || (block = slab.take()) < 0) {
      counters.increment(StackCounter.TX_CONTROL_DROPPED);
      return 0;
    }
    return slab.address(block) + EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;
  }

  /** Sends the packet that {@link #begin} started, now or when its next hop is known. */
  public void send(int payloadLength, int protocol, int source, int destination, long nowNanos) {
    sendFragment(
        payloadLength,
        protocol,
        source,
        destination,
        TIME_TO_LIVE,
        0,
        Ipv4Header.DONT_FRAGMENT,
        nowNanos);
  }

  /**
   * The same for a packet that may be a fragment.
   *
   * @param flagsAndFragment as in the header
   */
  void sendFragment(
      int payloadLength,
      int protocol,
      int source,
      int destination,
      int timeToLive,
      int identification,
      int flagsAndFragment,
      long nowNanos) {
    int hop = routes.nextHop(destination);
    if (hop == RouteTable.NONE) {
      counters.increment(StackCounter.IP_NO_ROUTE);
      link.slab().give(block);
      return;
    }
    long frame = link.slab().address(block);
    long ip = frame + EthernetHeader.LENGTH;
    int total = Ipv4Header.MIN_LENGTH + payloadLength;
    Ipv4Header.write(
        ip, 0, total, identification, flagsAndFragment, timeToLive, protocol, source, destination);
    Ipv4Header.writeChecksum(ip);
    Neighbor neighbor = cache.find(0, IpAddress.mapped(hop));
    EthernetHeader.write(
        frame, neighbor == null ? 0 : neighbor.mac(), mac, EthernetHeader.TYPE_IPV4);
    int length = EthernetHeader.LENGTH + total;
    if (neighbor != null && neighbor.isUsable()) {
      cache.use(neighbor, nowNanos);
      link.sendBlock(block, length);
      return;
    }
    // Queue first: resolving may answer at once in a test's wire.
    neighbor = cache.resolve(0, IpAddress.mapped(hop), nowNanos);
    cache.enqueue(neighbor, block, length);
  }
}
