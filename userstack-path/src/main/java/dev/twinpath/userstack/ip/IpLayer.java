package dev.twinpath.userstack.ip;

import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TimerWheel;
import java.util.ArrayList;
import java.util.List;

/**
 * A shard's IP layer: everything between frames and the transports, of both versions. One thread.
 */
public final class IpLayer implements AutoCloseable {
  private static final int LINK_PREFIX = 64;

  private final IpConfig config;
  private final StackCounters counters;
  private final TimerWheel wheel;
  private final RouteTable routes;
  private final NeighborCache neighbors;
  private final Ipv4Output output4;
  private final Ipv6Output output6;
  private final PathMtu paths;
  private final FragmentingOutput fragmentingOutput;
  private final IcmpLimit limit;
  private final Arp arp;
  private final NeighborDiscovery discovery;
  private final DuplicateAddressDetection duplicates;
  private final Reassembly reassembly;
  private Icmp icmp4;
  private Icmp6 icmp6;
  private IcmpErrors errors;
  private Ipv4Input input4;
  private Ipv6Input input6;

  /**
   * Builds what sends; {@link #start} builds what receives.
   *
   * @param linkMtu of the NIC, IP header included
   * @param randomSeed not to be guessed outside of tests
   */
  public IpLayer(
      StackConfig stack,
      StackCounters counters,
      TimerWheel wheel,
      LinkOutput link,
      int linkMtu,
      long mac,
      long randomSeed,
      long nowNanos) {
    config = stack.ip();
    this.counters = counters;
    this.wheel = wheel;
    // Whoever learns one secret, from identifications that he sees, knows none of the others.
    long secret = AddressSlots.mix(randomSeed, 1, 0);
    routes = new RouteTable(addresses(stack, mac), stack.routes());
    neighbors = new NeighborCache(wheel, link, counters);
    output4 = new Ipv4Output(routes, neighbors, link, counters, mac);
    output6 = new Ipv6Output(routes, neighbors, link, counters, mac);
    paths = new PathMtu(linkMtu, secret);
    fragmentingOutput =
        new FragmentingOutput(
            routes,
            neighbors,
            link,
            output4,
            output6,
            paths,
            counters,
            AddressSlots.mix(randomSeed, 2, 0));
    limit =
        new IcmpLimit(
            stack.icmpPerSecond(), config.icmpBurst(), config.icmpInterval(), secret, nowNanos);
    arp =
        new Arp(
            routes,
            neighbors,
            link,
            counters,
            wheel,
            mac,
            config.conflictDetection(),
            AddressSlots.mix(randomSeed, 3, 0));
    discovery = new NeighborDiscovery(routes, neighbors, link, counters, mac);
    duplicates =
        new DuplicateAddressDetection(
            routes, discovery, wheel, counters, AddressSlots.mix(randomSeed, 4, 0));
    reassembly =
        new Reassembly(wheel, counters, config.reassemblyMemory(), secret, this::onTimeout);
  }

  /** What is configured, and an address of the link if IPv6 is spoken (RFC 4291 section 2.8). */
  private static List<InterfaceAddress> addresses(StackConfig stack, long mac) {
    List<InterfaceAddress> all = new ArrayList<>(stack.addresses());
    boolean v6 = all.stream().anyMatch(a -> !a.isV4());
    boolean local = all.stream().anyMatch(a -> a.address().isLinkLocal());
    if (v6 && !local && stack.ip().linkLocalAddress()) {
      all.add(new InterfaceAddress(linkLocal(mac), LINK_PREFIX));
    }
    return all;
  }

  /** fe80::/64 and the interface identifier of a MAC address (RFC 4291 appendix A). */
  static IpAddress linkLocal(long mac) {
    long upper = (mac >>> 24 ^ 0x020000) << 40;
    return new IpAddress(0xfe80L << 48, upper | 0xfffeL << 24 | mac & 0xffffffL);
  }

  /** Builds what receives, and begins to ask whether others have our addresses. */
  public void start(TransportReceiver transport, long nowNanos) {
    errors = new IcmpErrors(transport);
    icmp4 = new Icmp(routes, output4, fragmentingOutput, errors, counters, limit);
    icmp6 = new Icmp6(routes, output6, fragmentingOutput, discovery, errors, counters, limit);
    long mac = discovery.mac();
    input4 = new Ipv4Input(routes, icmp4, transport, reassembly, counters, mac);
    input6 = new Ipv6Input(routes, icmp6, transport, reassembly, counters, mac);
    duplicates.start(config.dadTransmits(), config.optimisticDad(), nowNanos);
    arp.start(nowNanos);
  }

  /** Sets who gets UDP datagrams, and errors about them; until then nobody takes them. */
  public void datagrams(DatagramReceiver receiver) {
    input4.datagrams(receiver);
    input6.datagrams(receiver);
    errors.datagrams(receiver);
  }

  /**
   * One frame.
   *
   * @param frame its Ethernet header
   * @param length of the frame
   * @param flags {@link ReceiveFlags}
   * @param tag the NIC's tag or -1
   */
  public void onFrame(long frame, int length, int flags, int tag, long nowNanos) {
    counters.increment(StackCounter.FRAMES_IN);
    if (length < EthernetHeader.LENGTH) {
      counters.increment(StackCounter.FRAME_TOO_SHORT);
      return;
    }
    int type = EthernetHeader.type(frame);
    if (type == EthernetHeader.TYPE_IPV4) {
      input4.onFrame(frame, length, flags, tag, nowNanos);
    } else if (type == EthernetHeader.TYPE_IPV6) {
      input6.onFrame(frame, length, flags, tag, nowNanos);
    } else if (type == EthernetHeader.TYPE_ARP) {
      arp.onFrame(frame, length, (flags & ReceiveFlags.REPLICA) != 0, nowNanos);
    } else {
      counters.increment(StackCounter.FRAME_UNKNOWN_TYPE);
    }
  }

  private void onTimeout(long packet, int length, boolean v4, long nowNanos) {
    if (v4 && routes.isLocal(Ipv4Header.destination(packet))) {
      int code = Icmp6Header.CODE_REASSEMBLY;
      icmp4.sendError(IcmpHeader.TIME_EXCEEDED, code, 0, packet, length, nowNanos);
    } else if (!v4 && Ipv6Headers.isToOne(packet)) {
      int code = Icmp6Header.CODE_REASSEMBLY;
      icmp6.sendError(Icmp6Header.TIME_EXCEEDED, code, 0, packet, length, nowNanos);
    }
  }

  /** Addresses and routes. */
  public RouteTable routes() {
    return routes;
  }

  /** The neighbours on the link. */
  public NeighborCache neighbors() {
    return neighbors;
  }

  /** What sends small IPv4 packets. */
  public Ipv4Output output4() {
    return output4;
  }

  /** What sends small IPv6 packets. */
  public Ipv6Output output6() {
    return output6;
  }

  /** What sends datagrams of any size. */
  public FragmentingOutput fragmentingOutput() {
    return fragmentingOutput;
  }

  /** What the paths let through. */
  public PathMtu pathMtu() {
    return paths;
  }

  /** Our addresses, and which of them may be used now. */
  public List<AddressStatus> addresses() {
    List<AddressStatus> all = new ArrayList<>();
    for (int i = 0; i < routes.addressCount(); i++) {
      all.add(new AddressStatus(routes.address(i), routes.state(i)));
    }
    return all;
  }

  /** Bytes that fragments take. */
  public long reassemblyBytes() {
    return reassembly.bytes();
  }

  @Override
  public void close() {
    neighbors.close();
    reassembly.close();
  }
}
