package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * ICMP (RFC 792): echo is answered, errors are passed to the transport that they quote, our own
 * errors go out under the rules of RFC 1122 section 3.2.2 and within {@link IcmpLimit}. Redirects
 * are ignored: routes are configured.
 */
final class Icmp {
  private static final int REDIRECT = 5;
  private static final int PARAMETER_PROBLEM = 12;
  private static final int TRANSPORT_NEEDED = 8;

  /** As much is quoted as makes no packet of more than this (RFC 1812 section 4.3.2.3). */
  private static final int MAX_ERROR = 576;

  private final RouteTable routes;
  private final Ipv4Output output;
  private final FragmentingOutput datagrams;
  private final IcmpErrors errors;
  private final StackCounters counters;
  private final IcmpLimit limit;

  Icmp(
      RouteTable routes,
      Ipv4Output output,
      FragmentingOutput datagrams,
      IcmpErrors errors,
      StackCounters counters,
      IcmpLimit limit) {
    this.routes = routes;
    this.output = output;
    this.datagrams = datagrams;
    this.errors = errors;
    this.counters = counters;
    this.limit = limit;
  }

  /**
   * A message came.
   *
   * @param ip its IPv4 header
   * @param message the ICMP header
   * @param length of the message
   * @param unicast whether it was sent to this host alone
   */
  void onMessage(long ip, long message, int length, boolean unicast, long nowNanos) {
    counters.increment(StackCounter.ICMP_IN);
    if (length < IcmpHeader.LENGTH) {
      counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    if (!IcmpHeader.verifyChecksum(message, length)) {
      counters.increment(StackCounter.ICMP_CHECKSUM_ERRORS);
      return;
    }
    int type = IcmpHeader.type(message);
    switch (type) {
      case IcmpHeader.ECHO_REQUEST:
        counters.increment(StackCounter.ICMP_ECHO_IN);
        if (unicast) {
          echo(ip, message, length, nowNanos);
        }
        break;
      case IcmpHeader.DESTINATION_UNREACHABLE:
        counters.increment(StackCounter.ICMP_UNREACHABLE_IN);
        onError(type, message, length, unicast);
        break;
      case IcmpHeader.TIME_EXCEEDED:
      case PARAMETER_PROBLEM:
        onError(type, message, length, unicast);
        break;
      default:
        // Source quench is no more (RFC 6633), redirects are not followed, the rest asks for what
        // we do not do.
        counters.increment(StackCounter.ICMP_IGNORED);
        break;
    }
  }

  private void echo(long ip, long message, int length, long nowNanos) {
    // The frame's own memory, which nobody reads again, becomes the answer.
    IcmpHeader.write(message, IcmpHeader.ECHO_REPLY, 0, IcmpHeader.rest(message));
    IcmpHeader.writeChecksum(message, length);
    if (datagrams.send(
            message,
            length,
            Ipv4Header.PROTOCOL_ICMP,
            0,
            IpAddress.mapped(Ipv4Header.destination(ip)),
            0,
            IpAddress.mapped(Ipv4Header.source(ip)),
            Ipv4Output.TIME_TO_LIVE,
            nowNanos)
        == FragmentingOutput.SENT) {
      counters.increment(StackCounter.ICMP_ECHO_OUT);
    }
  }

  private void onError(int type, long message, int length, boolean unicast) {
    long quoted = message + IcmpHeader.LENGTH;
    int available = length - IcmpHeader.LENGTH;
    if (!unicast || available < Ipv4Header.MIN_LENGTH || Ipv4Header.version(quoted) != 4) {
      counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    int header = Ipv4Header.headerLength(quoted);
    if (header < Ipv4Header.MIN_LENGTH || available < header + TRANSPORT_NEEDED) {
      counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    long source = IpAddress.mapped(Ipv4Header.source(quoted));
    boolean laterFragment =
        (Ipv4Header.flagsAndFragment(quoted) & Ipv4Header.FRAGMENT_OFFSET_MASK) != 0;
    if (laterFragment || !routes.isLocal(0, source)) {
      counters.increment(StackCounter.ICMP_NOT_OURS);
      return;
    }
    IcmpError error = errors.error;
    error.type = type;
    error.code = IcmpHeader.code(message);
    error.kind = kind(type, error.code);
    boolean tooBig = error.kind == IcmpError.Kind.TOO_BIG;
    error.mtu = tooBig ? IcmpHeader.rest(message) & 0xffff : 0;
    error.ip = quoted;
    error.protocol = Ipv4Header.protocol(quoted);
    error.transport = quoted + header;
    error.transportLength = available - header;
    error.sourceHigh = 0;
    error.sourceLow = source;
    error.destinationHigh = 0;
    error.destinationLow = IpAddress.mapped(Ipv4Header.destination(quoted));
    errors.deliver();
  }

  private static IcmpError.Kind kind(int type, int code) {
    if (type == IcmpHeader.TIME_EXCEEDED) {
      return IcmpError.Kind.TIME_EXCEEDED;
    }
    if (type == PARAMETER_PROBLEM) {
      return IcmpError.Kind.PARAMETER_PROBLEM;
    }
    switch (code) {
      case IcmpHeader.CODE_NET_UNREACHABLE:
      case 6: // network unknown
      case 11: // network unreachable for this type of service
        return IcmpError.Kind.NET_UNREACHABLE;
      case IcmpHeader.CODE_HOST_UNREACHABLE:
      case 7: // host unknown
      case 8: // source host isolated
      case 12: // host unreachable for this type of service
        return IcmpError.Kind.HOST_UNREACHABLE;
      case IcmpHeader.CODE_PROTOCOL_UNREACHABLE:
        return IcmpError.Kind.PROTOCOL_UNREACHABLE;
      case IcmpHeader.CODE_PORT_UNREACHABLE:
        return IcmpError.Kind.PORT_UNREACHABLE;
      case IcmpHeader.CODE_FRAGMENTATION_NEEDED:
        return IcmpError.Kind.TOO_BIG;
      case 9: // network prohibited
      case 10: // host prohibited
      case 13: // communication prohibited
      case 14: // precedence violation
      case 15: // precedence cut off
        return IcmpError.Kind.PROHIBITED;
      default:
        return IcmpError.Kind.OTHER;
    }
  }

  /**
   * Reports an error about a packet that was sent to this host alone, unless RFC 1122 section 3.2.2
   * forbids it: about an ICMP error, about a fragment other than the first, to nobody in
   * particular.
   *
   * @param rest the header's second word
   * @param ip the packet's IPv4 header
   * @param length how many bytes of the packet there are
   */
  void sendError(int type, int code, int rest, long ip, int length, long nowNanos) {
    int header = Ipv4Header.headerLength(ip);
    int to = Ipv4Header.source(ip);
    boolean laterFragment =
        (Ipv4Header.flagsAndFragment(ip) & Ipv4Header.FRAGMENT_OFFSET_MASK) != 0;
    if (laterFragment
        || !Ipv4Address.isUnicast(to)
        || Ipv4Header.protocol(ip) == Ipv4Header.PROTOCOL_ICMP
            && (length <= header || isError(IcmpHeader.type(ip + header)))) {
      return;
    }
    if (!limit.takeGlobal(nowNanos)) {
      counters.increment(StackCounter.ICMP_RATE_LIMITED);
      return;
    }
    if (!limit.take(0, IpAddress.mapped(to), 0, nowNanos)) {
      counters.increment(StackCounter.ICMP_RATE_LIMITED_HOST);
      return;
    }
    int quoted = Math.min(length, MAX_ERROR - Ipv4Header.MIN_LENGTH - IcmpHeader.LENGTH);
    long message = output.begin(IcmpHeader.LENGTH + quoted);
    if (message == 0) {
      return;
    }
    IcmpHeader.write(message, type, code, rest);
    Memory.copy(ip, message + IcmpHeader.LENGTH, quoted);
    IcmpHeader.writeChecksum(message, IcmpHeader.LENGTH + quoted);
    if (type == IcmpHeader.TIME_EXCEEDED) {
      counters.increment(StackCounter.ICMP_TIME_EXCEEDED_OUT);
    } else {
      counters.increment(StackCounter.ICMP_UNREACHABLE_OUT);
    }
    output.send(
        IcmpHeader.LENGTH + quoted,
        Ipv4Header.PROTOCOL_ICMP,
        Ipv4Header.destination(ip),
        to,
        nowNanos);
  }

  private static boolean isError(int type) {
    return type >= IcmpHeader.DESTINATION_UNREACHABLE && type <= REDIRECT
        || type == IcmpHeader.TIME_EXCEEDED
        || type == PARAMETER_PROBLEM;
  }
}
