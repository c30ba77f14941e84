package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * Sends small IPv6 packets that belong to no connection: ICMPv6, neighbour discovery, RST and the
 * like; traffic class and flow label 0. The packet is built in a block of the slab and waits there
 * if the next hop is not known yet.
 */
public final class Ipv6Output {
  /** The hop limit of what may leave the link. */
  public static final int HOP_LIMIT = 64;

  private static final int HEADERS = EthernetHeader.LENGTH + Ipv6Header.LENGTH;

  private final RouteTable routes;
  private final NeighborCache cache;
  private final LinkOutput link;
  private final StackCounters counters;
  private final long mac;
  private int block = -1;

  /** Wires the output. */
  public Ipv6Output(
      RouteTable routes, NeighborCache cache, LinkOutput link, StackCounters counters, long mac) {
    this.routes = routes;
    this.cache = cache;
    this.link = link;
    this.counters = counters;
    this.mac = mac;
  }

  /** The link address of a multicast group (RFC 2464 section 7). */
  static long groupMac(long low) {
    return 0x3333_0000_0000L | low & 0xffffffffL;
  }

  /**
   * Starts a packet.
   *
   * @param payloadLength bytes after the IPv6 header
   * @return where to write the payload; 0 = no room, counted
   */
  public long begin(int payloadLength) {
    BlockPool slab = link.slab();
    if (HEADERS + payloadLength > slab.blockSize()
        || !link.hasRoom(1)
        || (block = slab.take()) < 0) {
      counters.increment(StackCounter.TX_CONTROL_DROPPED);
      return 0;
    }
    return slab.address(block) + HEADERS;
  }

  /** Writes the header of the packet that {@link #begin} started, for a checksum to be made. */
  public void header(
      int payloadLength,
      int nextHeader,
      int hopLimit,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow) {
    long ip = link.slab().address(block) + EthernetHeader.LENGTH;
    Ipv6Header.write(ip, 0, 0, payloadLength, nextHeader, hopLimit);
    Memory.putLongBE(Ipv6Header.source(ip), sourceHigh);
    Memory.putLongBE(Ipv6Header.source(ip) + 8, sourceLow);
    Memory.putLongBE(Ipv6Header.destination(ip), destinationHigh);
    Memory.putLongBE(Ipv6Header.destination(ip) + 8, destinationLow);
  }

  /**
   * Sends the packet whose {@link #header} is written: to a group at once, else now or when its
   * next hop is known.
   */
  public void send(int payloadLength, long nowNanos) {
    long frame = link.slab().address(block);
    long destination = Ipv6Header.destination(frame + EthernetHeader.LENGTH);
    long high = Memory.getLongBE(destination);
    long low = Memory.getLongBE(destination + 8);
    if (high >>> 56 == 0xff) {
      sendTo(payloadLength, groupMac(low));
      return;
    }
    Route route = routes.find(high, low);
    if (route == null) {
      counters.increment(StackCounter.IP6_NO_ROUTE);
      link.slab().give(block);
      return;
    }
    long hopHigh = route.hopHigh(high);
    long hopLow = route.hopLow(low);
    Neighbor neighbor = cache.find(hopHigh, hopLow);
    if (neighbor != null && neighbor.isUsable()) {
      cache.use(neighbor, nowNanos);
      sendTo(payloadLength, neighbor.mac());
      return;
    }
    EthernetHeader.write(frame, 0, mac, EthernetHeader.TYPE_IPV6);
    // Resolving sends too: what was built is taken over first.
    int waiting = block;
    neighbor = cache.resolve(hopHigh, hopLow, nowNanos);
    cache.enqueue(neighbor, waiting, HEADERS + payloadLength);
  }

  /** Sends the packet whose {@link #header} is written to a link address. */
  public void sendTo(int payloadLength, long to) {
    EthernetHeader.write(link.slab().address(block), to, mac, EthernetHeader.TYPE_IPV6);
    link.sendBlock(block, HEADERS + payloadLength);
  }
}
