package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.Ipv4Output;
import dev.twinpath.userstack.ip.Ipv6Output;
import dev.twinpath.userstack.ip.TokenBucket;
import dev.twinpath.userstack.stack.StackCounter;

/** Segments that answer what belongs to no connection, and the rate-limited answers of RFC 5961. */
final class ControlSegments {
  private static final long OUT_OF_WINDOW_INTERVAL = 500_000_000L;
  private static final int TIMESTAMPS_ALIGNED = 0x0101080a;

  private final TcpStack stack;
  private final Ipv4Output output;
  private final Ipv6Output output6;
  private final TokenBucket challenges;

  ControlSegments(TcpStack stack, Ipv4Output output, Ipv6Output output6, long nowNanos) {
    this.stack = stack;
    this.output = output;
    this.output6 = output6;
    challenges = new TokenBucket(stack.config.challengeAcksPerSecond(), nowNanos);
  }

  /**
   * A challenge ACK (RFC 5961 section 3.2). Two a second for each connection, so that what a blind
   * attacker does to one cannot be seen by another (section 7 as Linux has it); a bound for the
   * whole shard can be set.
   */
  void challenge(Connection c) {
    if (isLimited(c, StackCounter.ACKS_SKIPPED_CHALLENGE)) {
      return;
    }
    if (!challenges.take(stack.now)) {
      stack.counters.increment(StackCounter.CHALLENGE_ACKS_LIMITED);
      return;
    }
    stack.counters.increment(StackCounter.CHALLENGE_ACKS);
    stack.output.sendAckAtOnce(c);
  }

  /**
   * Answers an unacceptable segment with an ACK (RFC 9293 section 3.10.7.4, first). Segments
   * without payload at most twice a second, so that two stacks cannot answer each other for ever
   * (Linux's tcp_invalid_ratelimit).
   */
  void answerUnacceptable(Connection c, Segment s, StackCounter skipped) {
    boolean limited = s.payloadLength == 0 || s.has(TcpHeader.SYN);
    if (limited && isLimited(c, skipped)) {
      return;
    }
    c.ackNow = true;
    stack.ready(c);
  }

  /** Whether a connection has had its answer of this half second (tcp_invalid_ratelimit). */
  boolean isLimited(Connection c, StackCounter skipped) {
    if (c.lastOutOfWindowAck != 0 && stack.now - c.lastOutOfWindowAck < OUT_OF_WINDOW_INTERVAL) {
      stack.counters.increment(skipped);
      return true;
    }
    c.lastOutOfWindowAck = stack.now;
    return false;
  }

  /**
   * RST in answer to a segment for which there is no connection (RFC 9293 section 3.5.2, group 1).
   */
  void reset(Segment s) {
    if (s.has(TcpHeader.RST)) {
      return;
    }
    if (s.has(TcpHeader.ACK)) {
      send(s, s.acknowledgment, 0, TcpHeader.RST, 0, 0, 0, false);
    } else {
      int acknowledgment = s.sequence + s.sequenceLength();
      send(s, 0, acknowledgment, TcpHeader.RST | TcpHeader.ACK, 0, 0, 0, false);
    }
    stack.counters.increment(StackCounter.RESETS_OUT);
  }

  /** ACK out of TIME_WAIT. */
  void timeWaitAck(Segment s, int entry) {
    TimeWaitTable table = stack.timeWait;
    boolean timestamps = table.timestamps(entry);
    int value = (int) (stack.now / 1_000_000L) + table.tsOffset(entry);
    send(
        s,
        table.sndNxt(entry),
        table.rcvNxt(entry),
        TcpHeader.ACK,
        table.windowField(entry),
        value,
        table.tsRecent(entry),
        timestamps);
  }

  /** A SYN-ACK of which nothing is kept. */
  void synAck(
      Segment s,
      OptionValues options,
      int sequence,
      boolean ecn,
      boolean sack,
      boolean scaling,
      boolean timestamps,
      int timestamp) {
    int header = TcpHeader.MIN_LENGTH + 4 + (timestamps ? 12 : 0) + (scaling ? 4 : 0);
    long tcp = begin(s, header);
    if (tcp == 0) {
      return;
    }
    int flags = TcpHeader.SYN | TcpHeader.ACK | (ecn ? TcpHeader.ECE : 0);
    int mss = stack.window.advertisedMss(options, s.v6);
    int window = ReceiveWindow.firstWindow(options, mss - (timestamps ? 12 : 0));
    TcpHeader.write(
        tcp, s.destinationPort, s.sourcePort, sequence, s.sequence + 1, header, flags, window, 0);
    SynOptions.write(
        tcp + TcpHeader.MIN_LENGTH,
        mss,
        sack,
        timestamps,
        timestamp,
        s.timestampValue,
        scaling ? stack.window.firstShift(options) : -1);
    finish(s, tcp, header);
  }

  private void send(
      Segment s,
      int sequence,
      int acknowledgment,
      int flags,
      int window,
      int timestamp,
      int echo,
      boolean timestamps) {
    int header = TcpHeader.MIN_LENGTH + (timestamps ? 12 : 0);
    long tcp = begin(s, header);
    if (tcp == 0) {
      return;
    }
    TcpHeader.write(
        tcp, s.destinationPort, s.sourcePort, sequence, acknowledgment, header, flags, window, 0);
    if (timestamps) {
      Memory.putIntBE(tcp + 20, TIMESTAMPS_ALIGNED);
      Memory.putIntBE(tcp + 24, timestamp);
      Memory.putIntBE(tcp + 28, echo);
    }
    finish(s, tcp, header);
  }

  private long begin(Segment s, int header) {
    return s.v6 ? output6.begin(header) : output.begin(header);
  }

  private void finish(Segment s, long tcp, int header) {
    stack.counters.increment(StackCounter.SEGMENTS_OUT);
    stack.counters.increment(StackCounter.PACKETS_OUT);
    if (s.v6) {
      finish6(s, tcp, header);
      return;
    }
    int pseudo =
        Checksum.pseudoHeader4(
            (int) s.destinationLow, (int) s.sourceLow, Ipv4Header.PROTOCOL_TCP, header);
    int sum = Checksum.add(pseudo, Checksum.sum(tcp, header));
    TcpHeader.checksum(tcp, Checksum.finish(sum));
    output.send(
        header, Ipv4Header.PROTOCOL_TCP, (int) s.destinationLow, (int) s.sourceLow, stack.now);
  }

  private void finish6(Segment s, long tcp, int header) {
    output6.header(
        header,
        Ipv6Header.NEXT_TCP,
        Ipv6Output.HOP_LIMIT,
        s.destinationHigh,
        s.destinationLow,
        s.sourceHigh,
        s.sourceLow);
    long ip = tcp - Ipv6Header.LENGTH;
    // RFC 6437: the label that the flow's connection has.
    Memory.putIntBE(ip, Memory.getIntBE(ip) | stack.opening.flowLabel(s));
    int pseudo =
        Checksum.pseudoHeader6(
            Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, header);
    int sum = Checksum.add(pseudo, Checksum.sum(tcp, header));
    TcpHeader.checksum(tcp, Checksum.finish(sum));
    output6.send(header, stack.now);
  }
}
