package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * ICMP (RFC 792, RFC 1122 section 3.2.2): echo is answered, destination unreachable is passed to
 * the transport that it quotes, everything that we send is rate-limited.
 */
public final class Icmp {
  private final Ipv4Output output;
  private final StackCounters counters;
  private final TokenBucket limit;
  private final TransportReceiver transport;

  /** Wires the protocol. */
  public Icmp(
      Ipv4Output output,
      StackCounters counters,
      int messagesPerSecond,
      TransportReceiver transport,
      long nowNanos) {
    this.output = output;
    this.counters = counters;
    this.transport = transport;
    limit = new TokenBucket(messagesPerSecond, nowNanos);
  }

  /**
   * A message came.
   *
   * @param ip its IPv4 header
   * @param message the ICMP header
   * @param length of the message
   * @param unicast whether it was sent to an address of ours, not to a broadcast
   */
  public void onMessage(long ip, long message, int length, boolean unicast, long nowNanos) {
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
    if (type == IcmpHeader.ECHO_REQUEST) {
      counters.increment(StackCounter.ICMP_ECHO_IN);
      if (unicast) {
        echo(ip, message, length, nowNanos);
      }
    } else if (type == IcmpHeader.DESTINATION_UNREACHABLE) {
      counters.increment(StackCounter.ICMP_UNREACHABLE_IN);
      unreachable(message, length);
    }
  }

  private void echo(long ip, long message, int length, long nowNanos) {
    if (!limit.take(nowNanos)) {
      counters.increment(StackCounter.ICMP_RATE_LIMITED);
      return;
    }
    long reply = output.begin(length);
    if (reply == 0) {
      return;
    }
    Memory.copy(message, reply, length);
    IcmpHeader.write(reply, IcmpHeader.ECHO_REPLY, 0, IcmpHeader.rest(message));
    IcmpHeader.writeChecksum(reply, length);
    counters.increment(StackCounter.ICMP_ECHO_OUT);
    output.send(
        length,
        Ipv4Header.PROTOCOL_ICMP,
        Ipv4Header.destination(ip),
        Ipv4Header.source(ip),
        nowNanos);
  }

  private void unreachable(long message, int length) {
    long quoted = message + IcmpHeader.LENGTH;
    int available = length - IcmpHeader.LENGTH;
    if (available < Ipv4Header.MIN_LENGTH + 8 || Ipv4Header.version(quoted) != 4) {
      counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    int header = Ipv4Header.headerLength(quoted);
    if (header < Ipv4Header.MIN_LENGTH || available < header + 8) {
      counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    if (Ipv4Header.protocol(quoted) == Ipv4Header.PROTOCOL_TCP) {
      transport.onUnreachable(IcmpHeader.code(message), IcmpHeader.rest(message) & 0xffff, quoted);
    }
  }

  /**
   * Answers a packet that nobody wants with destination unreachable (RFC 1122 section 3.2.2.1).
   *
   * @param ip the packet's IPv4 header
   * @param length how many bytes of the packet there are
   */
  public void sendUnreachable(int code, long ip, int length, long nowNanos) {
    if (!limit.take(nowNanos)) {
      counters.increment(StackCounter.ICMP_RATE_LIMITED);
      return;
    }
    int quoted = Math.min(length, Ipv4Header.headerLength(ip) + 8);
    long reply = output.begin(IcmpHeader.LENGTH + quoted);
    if (reply == 0) {
      return;
    }
    IcmpHeader.write(reply, IcmpHeader.DESTINATION_UNREACHABLE, code, 0);
    Memory.copy(ip, reply + IcmpHeader.LENGTH, quoted);
    IcmpHeader.writeChecksum(reply, IcmpHeader.LENGTH + quoted);
    counters.increment(StackCounter.ICMP_UNREACHABLE_OUT);
    output.send(
        IcmpHeader.LENGTH + quoted,
        Ipv4Header.PROTOCOL_ICMP,
        Ipv4Header.destination(ip),
        Ipv4Header.source(ip),
        nowNanos);
  }
}
