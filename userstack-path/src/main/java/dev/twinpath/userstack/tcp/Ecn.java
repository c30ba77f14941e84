package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;

/**
 * Explicit congestion notification (RFC 3168): who asks for it, what a mark on a packet makes the
 * receiver tell, and what being told makes the sender do. Follows Linux where the RFC leaves room.
 */
final class Ecn {
  /** The two bits of the IP header: the sender knows nothing of ECN. */
  static final int NOT_CAPABLE = 0;

  /** ECT(0): the sender knows of it. */
  static final int CAPABLE = 2;

  /** A router was congested. */
  static final int EXPERIENCED = 3;

  private static final int SETUP = TcpHeader.ECE | TcpHeader.CWR;
  private static final int QUICK_ACKS = 2;

  private final TcpStack stack;

  Ecn(TcpStack stack) {
    this.stack = stack;
  }

  /** An active open: whether its SYN asks. */
  void begin(Connection c) {
    c.ecnOffered = stack.config.ecn() == StackConfig.ECN_REQUEST;
  }

  /** What our SYN or SYN-ACK says of it. */
  static int synFlags(Connection c, boolean withAck) {
    if (withAck) {
      return c.ecn ? TcpHeader.ECE : 0;
    }
    return c.ecnOffered ? SETUP : 0;
  }

  /**
   * The SYN is sent again without it, in case that a firewall drops SYNs that ask (RFC 3168 section
   * 6.1.1.1).
   */
  static void onSynRetransmitted(Connection c) {
    c.ecnOffered = false;
  }

  /** Their SYN: it asks if it has both flags, and is itself no packet that may be marked. */
  void onSyn(Connection c, Segment s) {
    c.ecn = agrees(s);
  }

  /** Whether a SYN asks for it and we agree. */
  boolean agrees(Segment s) {
    return stack.config.ecn() != StackConfig.ECN_OFF
        && (s.flags & SETUP) == SETUP
        && s.ecn == NOT_CAPABLE;
  }

  /** Their SYN-ACK: both flags are what a host sends back that knows nothing of them. */
  static void onSynAck(Connection c, Segment s) {
    c.ecn = c.ecnOffered && (s.flags & SETUP) == TcpHeader.ECE;
  }

  /** Payload came: a mark on it is told in every ACK until CWR says that it was heard. */
  void onPayload(Connection c, Segment s) {
    if (!c.ecn) {
      return;
    }
    if (s.has(TcpHeader.CWR)) {
      c.ecnEcho = false;
      // Their window may be one segment now: they wait for this ACK.
      c.ackNow = true;
      stack.ready(c);
    }
    if (s.ecn == EXPERIENCED) {
      stack.counters.increment(StackCounter.ECN_MARKED_IN);
      if (!c.ecnEcho) {
        stack.acknowledging.enterQuick(c, QUICK_ACKS);
      }
      c.ecnEcho = true;
      c.ecnSeen = true;
    } else if (s.ecn != NOT_CAPABLE) {
      c.ecnSeen = true;
    } else if (c.ecnSeen) {
      // A retransmission, as it is not marked as capable: the sender has a hole to fill.
      stack.acknowledging.enterQuick(c, QUICK_ACKS);
    }
  }

  /** The flag that segments of an established connection carry. */
  static int echo(Connection c) {
    return c.ecnEcho ? TcpHeader.ECE : 0;
  }

  /** Whether an acknowledgment tells of congestion. */
  static boolean isEcho(Connection c, Segment s) {
    return c.ecn && (s.flags & (TcpHeader.ECE | TcpHeader.SYN)) == TcpHeader.ECE;
  }

  /** The window was reduced, for this or another cause: the next new data says so. */
  static void onReduced(Connection c) {
    c.ecnReduced = c.ecn;
  }

  /** The flag of new data that goes out; only the first after a reduction has it. */
  static int takeReduced(Connection c) {
    if (!c.ecnReduced) {
      return 0;
    }
    c.ecnReduced = false;
    return TcpHeader.CWR;
  }
}
