package dev.twinpath.userstack.ip;

import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * Takes received IPv6 packets apart as far as the transport (RFC 8200). At most {@link
 * Ipv6Headers#MAX_COUNT} extension headers are looked at; a routing header that leads on is refused
 * (RFC 5095), and so is a fragment in a fragment.
 */
final class Ipv6Input {
  private static final int NEXT_HEADER_AT = 6;
  private static final int MAX_PAYLOAD = 65535;

  private final RouteTable routes;
  private final Icmp6 icmp;
  private final TransportReceiver transport;
  private final Reassembly reassembly;
  private final StackCounters counters;
  private final long mac;
  private DatagramReceiver datagrams = DatagramReceiver.NOBODY;

  // The packet in work.
  private long frame;
  private long ip;
  private long end;
  private int flags;
  private int tag;
  private boolean group;
  private boolean reassembled;
  private long now;

  Ipv6Input(
      RouteTable routes,
      Icmp6 icmp,
      TransportReceiver transport,
      Reassembly reassembly,
      StackCounters counters,
      long mac) {
    this.routes = routes;
    this.icmp = icmp;
    this.transport = transport;
    this.reassembly = reassembly;
    this.counters = counters;
    this.mac = mac;
  }

  void datagrams(DatagramReceiver receiver) {
    datagrams = receiver;
  }

  /** One frame of type IPv6; parameters as of {@link Ipv4Input}. */
  void onFrame(long frameAddress, int length, int receiveFlags, int flowTag, long nowNanos) {
    long destinationMac = EthernetHeader.destination(frameAddress);
    if (destinationMac != mac && !EthernetHeader.isGroup(destinationMac)) {
      counters.increment(StackCounter.FRAME_OTHER_HOST);
      return;
    }
    counters.increment(StackCounter.IP6_IN);
    frame = frameAddress;
    ip = frame + EthernetHeader.LENGTH;
    int available = length - EthernetHeader.LENGTH;
    if (available < Ipv6Header.LENGTH || Memory.getByte(ip) >>> 4 != 6) {
      counters.increment(StackCounter.IP6_HEADER_ERRORS);
      return;
    }
    end = ip + Ipv6Header.LENGTH + Ipv6Header.payloadLength(ip);
    if (end > ip + available) {
      counters.increment(StackCounter.IP6_TRUNCATED);
      return;
    }
    flags = receiveFlags;
    tag = flowTag;
    now = nowNanos;
    reassembled = false;
    if (acceptSource() && acceptDestination(destinationMac)) {
      walk();
    }
  }

  /** Not a group, not this host, not an IPv4 address in disguise (RFC 4291 sections 2.5, 2.7). */
  private boolean acceptSource() {
    long high = Memory.getLongBE(Ipv6Header.source(ip));
    long low = Memory.getLongBE(Ipv6Header.source(ip) + 8);
    if (high >>> 56 == 0xff
        || high == 0 && low == 1
        || IpAddress.isV4(high, low)
        || routes.isLocal(high, low)) {
      counters.increment(StackCounter.IP6_SOURCE_ERRORS);
      return false;
    }
    return true;
  }

  private boolean acceptDestination(long destinationMac) {
    long high = Memory.getLongBE(Ipv6Header.destination(ip));
    long low = Memory.getLongBE(Ipv6Header.destination(ip) + 8);
    boolean multicast = high >>> 56 == 0xff;
    boolean ours =
        multicast
            ? NeighborDiscovery.isMember(routes, high, low)
            : !IpAddress.isV4(high, low) && routes.isLocal(high, low);
    group = multicast || destinationMac != mac;
    if (!ours) {
      counters.increment(StackCounter.IP6_ADDRESS_ERRORS);
    }
    return ours;
  }

  /** Goes from header to header. */
  private void walk() {
    int next = Ipv6Header.nextHeader(ip);
    int nextAt = NEXT_HEADER_AT;
    long at = ip + Ipv6Header.LENGTH;
    for (int i = 0; ; i++) {
      if (next == Ipv6Headers.HOP_BY_HOP && i > 0) {
        unknownNextHeader(nextAt);
        return;
      }
      if (next == Ipv6Headers.FRAGMENT) {
        if (at + Ipv6Headers.FRAGMENT_LENGTH > end || reassembled) {
          counters.increment(StackCounter.IP6_HEADER_ERRORS);
          return;
        }
        if ((Memory.getShortBE(at + 2) & ~6) != 0) {
          onFragment(at, nextAt);
          return;
        }
        // RFC 6946: whole in one fragment, and none of the business of others with its number.
        nextAt = (int) (at - ip);
        next = Memory.getByte(at);
        at += Ipv6Headers.FRAGMENT_LENGTH;
        reassembled = true;
        flags = 0;
        continue;
      }
      if (!Ipv6Headers.isSkippable(next)) {
        deliver(next, nextAt, at);
        return;
      }
      int size = at + Ipv6Headers.FRAGMENT_LENGTH > end ? 0 : Ipv6Headers.length(at);
      if (size == 0 || at + size > end) {
        counters.increment(StackCounter.IP6_HEADER_ERRORS);
        return;
      }
      if (i == Ipv6Headers.MAX_COUNT
          || at + size - ip > Ipv6Header.LENGTH + Ipv6Headers.MAX_BYTES) {
        counters.increment(StackCounter.IP6_EXTENSION_LIMIT);
        return;
      }
      if (next == Ipv6Headers.ROUTING ? !acceptRouting(at) : !acceptOptions(at, size)) {
        return;
      }
      nextAt = (int) (at - ip);
      next = Memory.getByte(at);
      at += size;
    }
  }

  /** RFC 8200 section 4.4: no type is known; RFC 5095: type 0 is not known either. */
  private boolean acceptRouting(long header) {
    if (Memory.getByte(header + 3) == 0) {
      return true;
    }
    counters.increment(StackCounter.IP6_HEADER_ERRORS);
    parameterProblem(Icmp6Header.CODE_ERRONEOUS_FIELD, (int) (header + 2 - ip), group);
    return false;
  }

  /** RFC 8200 section 4.2: what an unknown option's highest two bits demand. */
  private boolean acceptOptions(long header, int size) {
    int padding = 0;
    for (int at = 2; at < size; ) {
      int option = Memory.getByte(header + at);
      if (option == 0) {
        at++;
        padding++;
      } else {
        int length = at + 1 < size ? 2 + Memory.getByte(header + at + 1) : size;
        if (at + length > size) {
          counters.increment(StackCounter.IP6_HEADER_ERRORS);
          return false;
        }
        if (option == 1) {
          padding += length;
        } else if (!acceptUnknownOption(option >>> 6, (int) (header + at - ip))) {
          return false;
        } else {
          padding = 0;
        }
        at += length;
      }
      if (padding > 7) {
        // As Linux: an honest sender pads to the next multiple of eight.
        counters.increment(StackCounter.IP6_HEADER_ERRORS);
        return false;
      }
    }
    return true;
  }

  private boolean acceptUnknownOption(int action, int pointer) {
    if (action == 0) {
      return true;
    }
    counters.increment(StackCounter.IP6_HEADER_ERRORS);
    if (action >= 2) {
      parameterProblem(Icmp6Header.CODE_UNKNOWN_OPTION, pointer, action == 3 && group);
    }
    return false;
  }

  private void unknownNextHeader(int pointer) {
    counters.increment(StackCounter.IP6_UNKNOWN_PROTOCOL);
    parameterProblem(Icmp6Header.CODE_UNKNOWN_NEXT_HEADER, pointer, group);
  }

  private void parameterProblem(int code, int pointer, boolean quiet) {
    if (!quiet) {
      int length = (int) (end - ip);
      icmp.sendError(Icmp6Header.PARAMETER_PROBLEM, code, pointer, ip, length, now);
    }
  }

  private void onFragment(long header, int nextAt) {
    int field = Memory.getShortBE(header + 2);
    int offset = field & ~7;
    boolean more = (field & 1) != 0;
    int size = (int) (end - header) - Ipv6Headers.FRAGMENT_LENGTH;
    if (more && (size & 7) != 0) {
      counters.increment(StackCounter.IP6_HEADER_ERRORS);
      parameterProblem(Icmp6Header.CODE_ERRONEOUS_FIELD, 4, group);
      return;
    }
    if (offset + size > MAX_PAYLOAD) {
      counters.increment(StackCounter.IP6_HEADER_ERRORS);
      parameterProblem(Icmp6Header.CODE_ERRONEOUS_FIELD, (int) (header + 2 - ip), group);
      return;
    }
    if (offset == 0 && !hasWholeChain()) {
      // RFC 7112: whoever filters looks at first fragments.
      counters.increment(StackCounter.IP6_HEADER_ERRORS);
      parameterProblem(Icmp6Header.CODE_INCOMPLETE_CHAIN, 0, group);
      return;
    }
    int total = reassembly.add6(ip, header, nextAt, end, now);
    if (total > 0) {
      ip = reassembly.result();
      end = ip + total;
      flags = 0;
      reassembled = true;
      walk();
    }
  }

  /** Whether the upper-layer header is in this first fragment, its ports at least. */
  private boolean hasWholeChain() {
    int found = Ipv6Headers.upperLayer(ip, end);
    if (found < 0) {
      return false;
    }
    int next = found & 0xff;
    int least = 0;
    if (next == Ipv6Header.NEXT_TCP) {
      least = dev.twinpath.nic.packet.TcpHeader.MIN_LENGTH;
    } else if (next == Ipv6Header.NEXT_UDP || next == Ipv6Header.NEXT_ICMP) {
      least = UdpHeader.LENGTH;
    }
    return ip + (found >> 8) + least <= end;
  }

  private void deliver(int next, int nextAt, long at) {
    int length = (int) (end - at);
    boolean unspecified =
        Memory.getLong(Ipv6Header.source(ip)) == 0
            && Memory.getLong(Ipv6Header.source(ip) + 8) == 0;
    if (next == Ipv6Header.NEXT_ICMP) {
      boolean replica = (flags & ReceiveFlags.REPLICA) != 0;
      // RFC 6980: what came in fragments is no neighbour discovery.
      icmp.onMessage(reassembled ? 0 : frame, ip, at, length, group, replica, now);
    } else if (unspecified) {
      counters.increment(StackCounter.IP6_SOURCE_ERRORS);
    } else if (next == Ipv6Header.NEXT_TCP) {
      if (group) {
        counters.increment(StackCounter.IP6_ADDRESS_ERRORS);
      } else if (!verified(at, length, next)) {
        counters.increment(StackCounter.CHECKSUM_ERRORS);
        counters.increment(StackCounter.IN_ERRORS);
      } else {
        boolean flow = (flags & ReceiveFlags.LISTENER) == 0 && !reassembled;
        transport.onSegment(ip, at, length, flow ? tag : FlowTable.NONE);
      }
    } else if (next == Ipv6Header.NEXT_UDP) {
      onDatagram(at, length);
    } else if (next != Ipv6Headers.NO_NEXT) {
      unknownNextHeader(nextAt);
    }
  }

  private boolean verified(long at, int length, int next) {
    if ((flags & ReceiveFlags.L4_OK) != 0) {
      return true;
    }
    if ((flags & ReceiveFlags.L4_BAD) != 0) {
      return false;
    }
    int pseudo =
        Checksum.pseudoHeader6(Ipv6Header.source(ip), Ipv6Header.destination(ip), next, length);
    return Checksum.verifies(Checksum.add(pseudo, Checksum.sum(at, length)));
  }

  private void onDatagram(long udp, int available) {
    int length = available < UdpHeader.LENGTH ? 0 : UdpHeader.length(udp);
    if (length < UdpHeader.LENGTH || length > available) {
      counters.increment(StackCounter.UDP_IN_ERRORS);
      return;
    }
    if (UdpHeader.checksum(udp) == 0 || !verified(udp, length, Ipv6Header.NEXT_UDP)) {
      counters.increment(StackCounter.UDP_CHECKSUM_ERRORS);
      counters.increment(StackCounter.UDP_IN_ERRORS);
      return;
    }
    if (datagrams.onDatagram(
        ip,
        udp,
        length,
        Memory.getLongBE(Ipv6Header.source(ip)),
        Memory.getLongBE(Ipv6Header.source(ip) + 8),
        Memory.getLongBE(Ipv6Header.destination(ip)),
        Memory.getLongBE(Ipv6Header.destination(ip) + 8),
        !group)) {
      return;
    }
    counters.increment(StackCounter.UDP_NO_PORT);
    if (!group) {
      icmp.sendError(
          Icmp6Header.DESTINATION_UNREACHABLE,
          Icmp6Header.CODE_PORT_UNREACHABLE,
          0,
          ip,
          (int) (end - ip),
          now);
    }
  }
}
