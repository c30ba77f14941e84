package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * ICMPv6 (RFC 4443): echo is answered, errors are passed to the transport that they quote, our own
 * errors go out under the rules of section 2.4 (e) and within {@link IcmpLimit}.
 */
final class Icmp6 {
  /** As much is quoted as makes no packet of more than this (section 2.4 (c)). */
  private static final int MAX_ERROR = PathMtu.MIN_IPV6;

  private static final int HEADER = IcmpHeader.LENGTH;
  private static final int TRANSPORT_NEEDED = 8;

  private final RouteTable routes;
  private final Ipv6Output output;
  private final FragmentingOutput datagrams;
  private final NeighborDiscovery discovery;
  private final IcmpErrors errors;
  private final StackCounters counters;
  private final IcmpLimit limit;

  Icmp6(
      RouteTable routes,
      Ipv6Output output,
      FragmentingOutput datagrams,
      NeighborDiscovery discovery,
      IcmpErrors errors,
      StackCounters counters,
      IcmpLimit limit) {
    this.routes = routes;
    this.output = output;
    this.datagrams = datagrams;
    this.discovery = discovery;
    this.errors = errors;
    this.counters = counters;
    this.limit = limit;
  }

  /**
   * A message came.
   *
   * @param frame the Ethernet header of the one frame that it came in; 0 = it came in fragments
   * @param ip the IPv6 header
   * @param message the ICMPv6 header
   * @param group whether it was sent to more than this host
   * @param replica whether another shard has it too, and answers
   */
  void onMessage(
      long frame,
      long ip,
      long message,
      int length,
      boolean group,
      boolean replica,
      long nowNanos) {
    counters.increment(StackCounter.ICMP6_IN);
    if (length < IcmpHeader.LENGTH) {
      counters.increment(StackCounter.ICMP6_ERRORS);
      return;
    }
    if (!Icmp6Header.verifyChecksum(ip, message, length)) {
      counters.increment(StackCounter.ICMP6_CHECKSUM_ERRORS);
      return;
    }
    int type = Icmp6Header.type(message);
    if (type == Icmp6Header.ECHO_REQUEST) {
      counters.increment(StackCounter.ICMP6_ECHO_IN);
      echo(ip, message, length, group, nowNanos);
    } else if (type >= Icmp6Header.ROUTER_SOLICITATION && type <= Icmp6Header.REDIRECT) {
      if (frame == 0) {
        counters.increment(StackCounter.ND_REFUSED);
      } else {
        discovery.onMessage(frame, ip, message, length, replica, nowNanos);
      }
    } else if (type >= Icmp6Header.DESTINATION_UNREACHABLE
        && type <= Icmp6Header.PARAMETER_PROBLEM) {
      onError(type, message, length, group);
    } else if (type < Icmp6Header.FIRST_INFORMATIONAL) {
      counters.increment(StackCounter.ICMP6_ERRORS);
    }
  }

  private void echo(long ip, long message, int length, boolean group, long nowNanos) {
    long high = Memory.getLongBE(Ipv6Header.source(ip));
    long low = Memory.getLongBE(Ipv6Header.source(ip) + 8);
    if (high == 0 && low == 0) {
      counters.increment(StackCounter.ICMP6_ERRORS);
      return;
    }
    long sourceHigh = Memory.getLongBE(Ipv6Header.destination(ip));
    long sourceLow = Memory.getLongBE(Ipv6Header.destination(ip) + 8);
    if (group && sourceHigh >>> 56 == 0xff) {
      IpAddress source = routes.sourceFor(high, low);
      if (source == null) {
        return;
      }
      sourceHigh = source.high();
      sourceLow = source.low();
    }
    // The frame's own memory, which nobody reads again, becomes the answer.
    IcmpHeader.write(message, Icmp6Header.ECHO_REPLY, 0, IcmpHeader.rest(message));
    Memory.putLongBE(Ipv6Header.source(ip), sourceHigh);
    Memory.putLongBE(Ipv6Header.source(ip) + 8, sourceLow);
    Memory.putLongBE(Ipv6Header.destination(ip), high);
    Memory.putLongBE(Ipv6Header.destination(ip) + 8, low);
    Icmp6Header.writeChecksum(ip, message, length);
    if (datagrams.send(
            message,
            length,
            Ipv6Header.NEXT_ICMP,
            sourceHigh,
            sourceLow,
            high,
            low,
            Ipv6Output.HOP_LIMIT,
            nowNanos)
        == FragmentingOutput.SENT) {
      counters.increment(StackCounter.ICMP6_ECHO_OUT);
    }
  }

  private void onError(int type, long message, int length, boolean group) {
    long quoted = message + IcmpHeader.LENGTH;
    int available = length - IcmpHeader.LENGTH;
    long end = quoted + available;
    if (available < Ipv6Header.LENGTH || Memory.getByte(quoted) >>> 4 != 6 || group) {
      counters.increment(StackCounter.ICMP6_ERRORS);
      return;
    }
    int found = Ipv6Headers.upperLayer(quoted, end);
    long transport = quoted + (found >> 8);
    if (found < 0 || transport + TRANSPORT_NEEDED > end) {
      counters.increment(StackCounter.ICMP6_ERRORS);
      return;
    }
    long sourceHigh = Memory.getLongBE(Ipv6Header.source(quoted));
    long sourceLow = Memory.getLongBE(Ipv6Header.source(quoted) + 8);
    if (IpAddress.isV4(sourceHigh, sourceLow) || !routes.isLocal(sourceHigh, sourceLow)) {
      counters.increment(StackCounter.ICMP_NOT_OURS);
      return;
    }
    IcmpError error = errors.error;
    error.type = type;
    error.code = IcmpHeader.code(message);
    error.kind = kind(type, error.code);
    error.mtu = type == Icmp6Header.PACKET_TOO_BIG ? mtu(IcmpHeader.rest(message)) : 0;
    error.ip = quoted;
    error.protocol = found & 0xff;
    error.transport = transport;
    error.transportLength = (int) (end - transport);
    error.sourceHigh = sourceHigh;
    error.sourceLow = sourceLow;
    error.destinationHigh = Memory.getLongBE(Ipv6Header.destination(quoted));
    error.destinationLow = Memory.getLongBE(Ipv6Header.destination(quoted) + 8);
    errors.deliver();
  }

  /** The field is 32 bits wide. */
  private static int mtu(int field) {
    return field < 0 ? Integer.MAX_VALUE : field;
  }

  private static IcmpError.Kind kind(int type, int code) {
    switch (type) {
      case Icmp6Header.PACKET_TOO_BIG:
        return IcmpError.Kind.TOO_BIG;
      case Icmp6Header.TIME_EXCEEDED:
        return IcmpError.Kind.TIME_EXCEEDED;
      case Icmp6Header.PARAMETER_PROBLEM:
        return IcmpError.Kind.PARAMETER_PROBLEM;
      default:
        break;
    }
    switch (code) {
      case Icmp6Header.CODE_NO_ROUTE:
        return IcmpError.Kind.NET_UNREACHABLE;
      case Icmp6Header.CODE_BEYOND_SCOPE:
      case Icmp6Header.CODE_ADDRESS_UNREACHABLE:
        return IcmpError.Kind.HOST_UNREACHABLE;
      case Icmp6Header.CODE_PORT_UNREACHABLE:
        return IcmpError.Kind.PORT_UNREACHABLE;
      case Icmp6Header.CODE_PROHIBITED:
      case Icmp6Header.CODE_POLICY:
      case Icmp6Header.CODE_REJECT_ROUTE:
        return IcmpError.Kind.PROHIBITED;
      default:
        return IcmpError.Kind.OTHER;
    }
  }

  /**
   * Reports an error about a packet, unless section 2.4 (e) forbids it. Whether the packet was sent
   * to a group is for the caller to judge, as some errors are sent all the same.
   *
   * @param rest the header's second word
   * @param length how many bytes of the packet there are
   */
  void sendError(int type, int code, int rest, long ip, int length, long nowNanos) {
    long high = Memory.getLongBE(Ipv6Header.source(ip));
    long low = Memory.getLongBE(Ipv6Header.source(ip) + 8);
    if (high == 0 && low == 0 || high >>> 56 == 0xff || isError(ip, ip + length)) {
      return;
    }
    Route route = routes.find(high, low);
    if (!limit.takeGlobal(nowNanos)) {
      counters.increment(StackCounter.ICMP6_RATE_LIMITED);
      return;
    }
    // Linux: the wider the route's prefix, the more.
    int shift = route == null ? 0 : 128 - route.prefixLength() >> 5;
    if (!limit.take(high, low, shift, nowNanos)) {
      counters.increment(StackCounter.ICMP_RATE_LIMITED_HOST);
      return;
    }
    long sourceHigh = Memory.getLongBE(Ipv6Header.destination(ip));
    long sourceLow = Memory.getLongBE(Ipv6Header.destination(ip) + 8);
    if (!routes.isLocal(sourceHigh, sourceLow)) {
      IpAddress source = routes.sourceFor(high, low);
      if (source == null) {
        return;
      }
      sourceHigh = source.high();
      sourceLow = source.low();
    }
    int quoted = Math.min(length, MAX_ERROR - Ipv6Header.LENGTH - HEADER);
    long message = output.begin(HEADER + quoted);
    if (message == 0) {
      return;
    }
    IcmpHeader.write(message, type, code, rest);
    Memory.copy(ip, message + HEADER, quoted);
    int total = HEADER + quoted;
    output.header(
        total, Ipv6Header.NEXT_ICMP, Ipv6Output.HOP_LIMIT, sourceHigh, sourceLow, high, low);
    Icmp6Header.writeChecksum(message - Ipv6Header.LENGTH, message, total);
    counters.increment(StackCounter.ICMP6_ERRORS_OUT);
    output.send(total, nowNanos);
  }

  /** Whether a packet is itself an error, or a redirect: these are not answered by errors. */
  private static boolean isError(long ip, long end) {
    int found = Ipv6Headers.upperLayer(ip, end);
    if (found < 0 || (found & 0xff) != Ipv6Header.NEXT_ICMP) {
      return false;
    }
    long message = ip + (found >> 8);
    if (message >= end) {
      return true;
    }
    int type = Icmp6Header.type(message);
    return type < Icmp6Header.FIRST_INFORMATIONAL || type == Icmp6Header.REDIRECT;
  }
}
