package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import java.util.Random;

/**
 * Sends a datagram of any size over either IP version: whole where the path lets it through, else
 * in fragments (RFC 791, RFC 8200 section 4.5). Copies what it sends; all fragments go or none.
 */
public final class FragmentingOutput {
  /** All of it is on its way, or waits for the next hop's link address. */
  public static final int SENT = 0;

  /** There is no route. */
  public static final int NO_ROUTE = -1;

  /** There is no room in the transmit ring or the slab; counted. */
  public static final int NO_ROOM = -2;

  /** More than an IP packet can carry. */
  public static final int TOO_BIG = -3;

  private static final int MAX_PAYLOAD_4 = 65535 - Ipv4Header.MIN_LENGTH;
  private static final int MAX_PAYLOAD_6 = 65535;
  private static final int COUNTERS = 256;

  private final RouteTable routes;
  private final NeighborCache cache;
  private final LinkOutput link;
  private final Ipv4Output output4;
  private final Ipv6Output output6;
  private final PathMtu paths;
  private final StackCounters counters;
  private final int[] identification = new int[COUNTERS];
  private final long secret;
  private final Random random;

  /**
   * Wires the output.
   *
   * @param secret from which identifications come: not to be guessed (RFC 7739)
   */
  public FragmentingOutput(
      RouteTable routes,
      NeighborCache cache,
      LinkOutput link,
      Ipv4Output output4,
      Ipv6Output output6,
      PathMtu paths,
      StackCounters counters,
      long secret) {
    this.routes = routes;
    this.cache = cache;
    this.link = link;
    this.output4 = output4;
    this.output6 = output6;
    this.paths = paths;
    this.counters = counters;
    this.secret = secret;
    random = new Random(secret);
    for (int i = 0; i < COUNTERS; i++) {
      identification[i] = random.nextInt();
    }
  }

  /**
   * Sends a datagram.
   *
   * @param payload address of the transport's header, its checksum written; data follows it
   * @param length bytes of both
   * @param protocol number of the transport
   * @param hopLimit 1..255
   * @return {@link #SENT}, {@link #NO_ROUTE}, {@link #NO_ROOM} or {@link #TOO_BIG}
   */
  public int send(
      long payload,
      int length,
      int protocol,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int hopLimit,
      long nowNanos) {
    boolean v4 = IpAddress.isV4(destinationHigh, destinationLow);
    if (length > (v4 ? MAX_PAYLOAD_4 : MAX_PAYLOAD_6)) {
      return TOO_BIG;
    }
    boolean multicast = destinationHigh >>> 56 == 0xff;
    Route route = multicast ? null : routes.find(destinationHigh, destinationLow);
    if (route == null && !multicast) {
      counters.increment(v4 ? StackCounter.IP_NO_ROUTE : StackCounter.IP6_NO_ROUTE);
      return NO_ROUTE;
    }
    int header = v4 ? Ipv4Header.MIN_LENGTH : Ipv6Header.LENGTH;
    int most = link.slab().blockSize() - EthernetHeader.LENGTH;
    int mtu = Math.min(most, paths.get(destinationHigh, destinationLow, nowNanos));
    if (header + length <= mtu) {
      return whole(
          payload,
          length,
          protocol,
          sourceHigh,
          sourceLow,
          destinationHigh,
          destinationLow,
          hopLimit,
          nowNanos);
    }
    int extra = v4 ? 0 : Ipv6Headers.FRAGMENT_LENGTH;
    int chunk = mtu - header - extra & ~7;
    int pieces = (length + chunk - 1) / chunk;
    if (!link.hasRoomFor(pieces)
        || link.slab().available() < pieces
        || !mayWait(route, pieces, destinationHigh, destinationLow)) {
      counters.increment(v4 ? StackCounter.IP_FRAGMENT_FAILS : StackCounter.IP6_FRAGMENT_FAILS);
      counters.increment(StackCounter.TX_CONTROL_DROPPED);
      return NO_ROOM;
    }
    int id =
        v4
            ? nextIdentification(sourceLow, destinationLow, protocol)
            : Math.max(1, random.nextInt());
    for (int at = 0; at < length; at += chunk) {
      int size = Math.min(chunk, length - at);
      boolean more = at + size < length;
      long room = v4 ? output4.begin(size) : output6.begin(extra + size);
      if (room == 0) {
        return NO_ROOM;
      }
      Memory.copy(payload + at, room + extra, size);
      if (v4) {
        output4.sendFragment(
            size,
            protocol,
            (int) sourceLow,
            (int) destinationLow,
            hopLimit,
            id,
            at >> 3 | (more ? Ipv4Header.MORE_FRAGMENTS : 0),
            nowNanos);
      } else {
        Memory.putShortBE(room, protocol << 8);
        Memory.putShortBE(room + 2, at | (more ? 1 : 0));
        Memory.putIntBE(room + 4, id);
        output6.header(
            extra + size,
            Ipv6Headers.FRAGMENT,
            hopLimit,
            sourceHigh,
            sourceLow,
            destinationHigh,
            destinationLow);
        output6.send(extra + size, nowNanos);
      }
    }
    counters.increment(v4 ? StackCounter.IP_FRAGMENT_OKS : StackCounter.IP6_FRAGMENT_OKS);
    counters.add(v4 ? StackCounter.IP_FRAGMENTS_OUT : StackCounter.IP6_FRAGMENTS_OUT, pieces);
    return SENT;
  }

  private int whole(
      long payload,
      int length,
      int protocol,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int hopLimit,
      long nowNanos) {
    boolean v4 = IpAddress.isV4(destinationHigh, destinationLow);
    long room = v4 ? output4.begin(length) : output6.begin(length);
    if (room == 0) {
      return NO_ROOM;
    }
    Memory.copy(payload, room, length);
    if (v4) {
      output4.sendFragment(
          length,
          protocol,
          (int) sourceLow,
          (int) destinationLow,
          hopLimit,
          0,
          Ipv4Header.DONT_FRAGMENT,
          nowNanos);
    } else {
      output6.header(
          length, protocol, hopLimit, sourceHigh, sourceLow, destinationHigh, destinationLow);
      output6.send(length, nowNanos);
    }
    return SENT;
  }

  /** Whether so many packets can be sent, or can wait until the next hop is known. */
  private boolean mayWait(Route route, int pieces, long high, long low) {
    if (route == null) {
      return true;
    }
    Neighbor neighbor = cache.find(route.hopHigh(high), route.hopLow(low));
    return neighbor != null && neighbor.isUsable() || cache.mayQueue(neighbor, pieces);
  }

  /** RFC 6864: the same number does not come again soon between the same two hosts. */
  private int nextIdentification(long source, long destination, int protocol) {
    int counter = (int) (AddressSlots.mix(secret, source + protocol, destination) >>> 56);
    return ++identification[counter] & 0xffff;
  }
}
