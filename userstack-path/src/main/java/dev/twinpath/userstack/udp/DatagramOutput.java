package dev.twinpath.userstack.udp;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.ip.LinkOutput;
import dev.twinpath.userstack.ip.Neighbor;
import dev.twinpath.userstack.ip.NeighborCache;
import dev.twinpath.userstack.ip.PathMtu;
import dev.twinpath.userstack.ip.Route;
import dev.twinpath.userstack.ip.RouteTable;
import dev.twinpath.userstack.stack.BlockPool;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * Builds datagrams in blocks of the send slab: whole, with checksums left to the NIC, or in
 * fragments (RFC 791 section 2.3, RFC 8200 section 4.5), whose one checksum is computed here. What
 * goes to a neighbour whose link address is not known yet waits with that neighbour. One thread.
 */
public final class DatagramOutput {
  private static final int MAX_PACKET = 65_535;

  private final RouteTable routes;
  private final NeighborCache cache;
  private final LinkOutput link;
  private final BlockPool slab;
  private final StackCounters counters;
  private final DatagramHeaders headers;
  private final PathMtu paths;
  private long now;

  /** Where the datagram at hand goes; null with a group or broadcast. */
  private Neighbor neighbor;

  /** The link address of a group or of everybody. */
  private long groupMac;

  /**
   * Wires the output.
   *
   * @param mac ours
   * @param paths what the paths let through
   * @param randomSeed of the identifications of fragments
   */
  public DatagramOutput(
      RouteTable routes,
      NeighborCache cache,
      LinkOutput link,
      StackCounters counters,
      long mac,
      PathMtu paths,
      long randomSeed) {
    this.routes = routes;
    this.cache = cache;
    this.link = link;
    this.counters = counters;
    slab = link.slab();
    headers = new DatagramHeaders(mac, randomSeed);
    this.paths = paths;
  }

  void time(long nowNanos) {
    now = nowNanos;
  }

  /** Whether an address may be bound: ours, or a broadcast address of ours. */
  boolean isLocalOrBroadcast(long high, long low) {
    return isLocal(high, low) || isBroadcast(high, low);
  }

  private boolean isLocal(long high, long low) {
    return routes.isLocal(high, low);
  }

  boolean isBroadcast(long high, long low) {
    return IpAddress.isV4(high, low) && routes.isBroadcast((int) low);
  }

  private static boolean isMulticast(long high, long low) {
    return IpAddress.isV4(high, low) ? (low >>> 28 & 0xf) == 0xe : high >>> 56 == 0xff;
  }

  private Neighbor nextHop(long high, long low) {
    Route route = routes.find(high, low);
    long hopHigh = route.hopHigh(high);
    long hopLow = route.hopLow(low);
    Neighbor found = cache.find(hopHigh, hopLow);
    if (found == null) {
      return cache.resolve(hopHigh, hopLow, now);
    }
    cache.use(found, now);
    return found;
  }

  /** Whether there is a way to a destination, and an address of ours for its answers. */
  boolean hasRoute(long high, long low) {
    boolean reachable =
        isBroadcast(high, low)
            || isMulticast(high, low)
            || routes.find(high, low) != null && !isLocal(high, low);
    return reachable && routes.sourceFor(high, low) != null;
  }

  /** The address of ours that a datagram to a destination gets; there is a route. */
  IpAddress source(long high, long low) {
    return routes.sourceFor(high, low);
  }

  /** A router said that packets to a destination may not be longer than so. */
  void tooBig(long high, long low, int mtu) {
    paths.learn(high, low, mtu, now);
  }

  /** Whether any packet could be sent now. */
  boolean hasRoom() {
    return link.hasRoom(1) && slab.available() > 1;
  }

  /** Whether a socket's share of the ring has room for what was refused. */
  boolean hasRoom(UdpSocket socket) {
    return !isFull(socket, socket.blockedLength);
  }

  SendResult send(UdpSocket socket, long high, long low, int port, long address, int length) {
    boolean v4 = IpAddress.isV4(high, low);
    int ipHeader = v4 ? Ipv4Header.MIN_LENGTH : DatagramHeaders.IPV6_LENGTH;
    int longest = MAX_PACKET - UdpHeader.LENGTH - (v4 ? Ipv4Header.MIN_LENGTH : 0);
    if (length > longest) {
      return SendResult.TOO_LONG;
    }
    if (!socket.broadcast() && isBroadcast(high, low)) {
      return SendResult.NOT_PERMITTED;
    }
    if (!hasRoute(high, low)) {
      return SendResult.NO_ROUTE;
    }
    IpAddress chosen = null;
    if (socket.isBoundToAny() || isBroadcast(socket.localHigh, socket.localLow)) {
      chosen = source(high, low);
    } else if (IpAddress.isV4(socket.localHigh, socket.localLow) != v4) {
      return SendResult.NO_ROUTE;
    }
    int mtu = Math.min(MAX_PACKET, paths.get(high, low, now));
    int packet = ipHeader + UdpHeader.LENGTH + length;
    boolean whole = packet <= mtu;
    if (!whole && socket.dontFragment()) {
      return SendResult.TOO_LONG;
    }
    int share = whole ? packet : headers.fragmentPayload(v4, mtu);
    int packets = whole ? 1 : (UdpHeader.LENGTH + length + share - 1) / share;
    int blocks = packets * blocksFor(whole ? packet : mtu);
    if (!link.canHold(packets, blocks)) {
      return SendResult.TOO_LONG;
    }
    if (!link.hasRoom(packets, blocks) || slab.available() < blocks || isFull(socket, length)) {
      return SendResult.BLOCKED;
    }
    route(high, low);
    headers.begin(
        socket,
        chosen == null ? socket.localHigh : chosen.high(),
        chosen == null ? socket.localLow : chosen.low(),
        high,
        low,
        port,
        isMulticast(high, low) ? socket.multicastTimeToLive() : socket.timeToLive(),
        length);
    headers.mayFragment(v4 && mtu == PathMtu.MIN_IPV4);
    if (whole) {
      sendWhole(address, length);
    } else {
      sendFragments(address, length, share);
    }
    if (neighbor == null || neighbor.isUsable()) {
      socket.sent.add(link.nextPacket() - 1, length);
    }
    counters.increment(StackCounter.UDP_OUT);
    counters.add(StackCounter.COPIED_SEND, length);
    return SendResult.SENT;
  }

  private boolean isFull(UdpSocket socket, int length) {
    long inFlight = socket.sent.inFlight(link.completed());
    return inFlight > 0 && inFlight + length > socket.sendBuffer();
  }

  private int blocksFor(int packet) {
    return (EthernetHeader.LENGTH + packet + slab.blockSize() - 1) / slab.blockSize();
  }

  private void route(long high, long low) {
    neighbor = null;
    if (isBroadcast(high, low)) {
      groupMac = EthernetHeader.BROADCAST;
    } else if (isMulticast(high, low)) {
      // RFC 1112 section 6.4, RFC 2464 section 7.
      groupMac =
          IpAddress.isV4(high, low)
              ? 0x0100_5e00_0000L | low & 0x7f_ffff
              : 0x3333_0000_0000L | low & 0xffff_ffffL;
    } else {
      neighbor = nextHop(high, low);
    }
  }

  private long destinationMac() {
    return neighbor == null ? groupMac : neighbor.mac();
  }

  private void sendWhole(long address, int length) {
    int first = slab.take();
    long frame = slab.address(first);
    headers.writeWhole(frame, destinationMac());
    int headerLength = headers.transportStart() + UdpHeader.LENGTH;
    copy(first, headerLength, address, length);
    int total = headerLength + length;
    if (neighbor == null || neighbor.isUsable()) {
      headers.partialChecksum(frame);
      link.sendBlock(
          first, total, headerLength, headers.transportStart(), UdpHeader.CHECKSUM_OFFSET);
    } else {
      headers.fullChecksum(frame, headers.transportStart(), Checksum.sum(address, length));
      cache.enqueue(neighbor, first, total);
    }
  }

  /** Copies payload into a frame behind its headers, and takes the blocks that it needs. */
  private void copy(int first, int headerLength, long address, int length) {
    int block = first;
    int at = headerLength;
    int done = 0;
    while (true) {
      int piece = Math.min(length - done, slab.blockSize() - at);
      Memory.copy(address + done, slab.address(block) + at, piece);
      done += piece;
      if (done == length) {
        return;
      }
      int next = slab.take();
      slab.follow(block, next);
      block = next;
      at = 0;
    }
  }

  private void sendFragments(long address, int length, int share) {
    int payloadSum = Checksum.sum(address, length);
    headers.nextIdentification();
    int total = UdpHeader.LENGTH + length;
    for (int offset = 0; offset < total; offset += share) {
      int piece = Math.min(share, total - offset);
      int block = slab.take();
      long frame = slab.address(block);
      headers.writeFragment(frame, destinationMac(), offset, piece, offset + piece < total);
      int headerLength = headers.fragmentStart();
      if (offset == 0) {
        headers.fullChecksum(frame, headerLength, payloadSum);
        copy(block, headerLength + UdpHeader.LENGTH, address, piece - UdpHeader.LENGTH);
      } else {
        copy(block, headerLength, address + offset - UdpHeader.LENGTH, piece);
      }
      if (neighbor == null || neighbor.isUsable()) {
        link.sendBlock(block, headerLength + piece);
      } else {
        cache.enqueue(neighbor, block, headerLength + piece);
      }
      counters.increment(StackCounter.IP_FRAGMENTS_OUT);
    }
  }
}
