package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.device.TransmitStatus;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.ip.IcmpError;
import dev.twinpath.userstack.ip.Neighbor;
import dev.twinpath.userstack.ip.NeighborState;
import dev.twinpath.userstack.ip.PathMtu;
import dev.twinpath.userstack.stack.CloseCause;
import dev.twinpath.userstack.stack.StackCounter;

/** What connections learn from below: link addresses, failed packets, ICMP. */
final class PathEvents {
  private final TcpStack stack;

  PathEvents(TcpStack stack) {
    this.stack = stack;
  }

  /** The next hop's link address is unknown or changed; false if the connection has to wait. */
  boolean resolve(Connection c) {
    Neighbor neighbor = c.neighbor;
    if (neighbor.state() == NeighborState.EVICTED) {
      neighbor = stack.nextHop(c.remoteHigh, c.remoteLow);
      c.neighbor = neighbor;
      c.neighborVersion = -1;
    } else {
      stack.neighbors.use(neighbor, stack.now);
    }
    if (!neighbor.isUsable()) {
      return false;
    }
    if (c.neighborVersion != neighbor.version()) {
      stack.retiredTemplates.retire(c.sendTemplate);
      stack.writer.buildTemplate(c, neighbor.mac());
      stack.permits.pin(c, neighbor.mac());
      c.neighborVersion = neighbor.version();
    }
    return true;
  }

  void onNeighborResolved(Neighbor neighbor) {
    for (int i = 0; i < stack.connections.slots(); i++) {
      Connection c = stack.connections.get(i);
      if (c != null && c.neighbor == neighbor) {
        stack.ready(c);
      }
    }
  }

  void onNeighborFailed(Neighbor neighbor) {
    for (int i = 0; i < stack.connections.slots(); i++) {
      Connection c = stack.connections.get(i);
      if (c == null || c.neighbor != neighbor) {
        continue;
      }
      if (!c.state.isSynchronized()) {
        stack.counters.increment(StackCounter.ATTEMPT_FAILS);
        stack.closing.destroy(c, CloseCause.UNREACHABLE);
      } else if (c.unsentFlushed() > 0) {
        stack.probes.arm(c);
      }
    }
  }

  void onTransmitFault(long cookie, int status) {
    Connection c = stack.connections.get((int) cookie);
    if (cookie < 0 || c == null || c.id != cookie) {
      stack.counters.increment(StackCounter.TX_ERRORS);
      return;
    }
    if (status == TransmitStatus.MEMORY_FAULT) {
      stack.counters.increment(StackCounter.TX_MEMORY_FAULTS);
    } else {
      stack.counters.increment(StackCounter.TX_ERRORS);
    }
    if (status == TransmitStatus.MEMORY_FAULT || status == TransmitStatus.REGION_REFUSED) {
      stack.counters.increment(StackCounter.ABORT_ON_FAULT);
      stack.output.sendReset(c);
      stack.closing.destroy(c, CloseCause.FILE_TRUNCATED);
    }
  }

  /** RFC 5927: a quoted segment must be one that is outstanding; then RFC 1122 section 4.2.3.9. */
  void onError(IcmpError error) {
    long tcp = error.transport();
    int slot =
        stack.flows.lookup(
            error.sourceHigh(),
            error.sourceLow(),
            TcpHeader.sourcePort(tcp),
            error.destinationHigh(),
            error.destinationLow(),
            TcpHeader.destinationPort(tcp));
    Connection c = stack.connections.get(slot);
    if (c == null) {
      stack.counters.increment(StackCounter.ICMP_ERRORS);
      return;
    }
    long sequence = c.extendAcknowledgment(TcpHeader.sequence(tcp));
    if (sequence < c.sndUna || sequence >= c.sndNxt) {
      stack.counters.increment(StackCounter.ICMP_OUT_OF_WINDOW);
      return;
    }
    IcmpError.Kind kind = error.kind();
    if (kind == IcmpError.Kind.TOO_BIG) {
      pathMtu(c, error.mtu());
    } else if (c.listener != null && kind.ordinal() <= IcmpError.Kind.HOST_UNREACHABLE.ordinal()) {
      // Nobody there to finish the handshake: Linux forgets the request (tcp_req_err).
      stack.counters.increment(StackCounter.LISTEN_DROPS);
      stack.closing.destroy(c, CloseCause.UNREACHABLE);
    } else if (c.fastOpenListener != null && c.awaitingAccept) {
      // Any error ends it. Once accepted it is treated as a connection is.
      stack.counters.increment(StackCounter.ATTEMPT_FAILS);
      stack.closing.destroy(c, CloseCause.UNREACHABLE);
    } else if (!c.state.isSynchronized() && c.fastOpenListener == null && isHard(kind)) {
      // Hard only while the handshake lasts.
      stack.counters.increment(StackCounter.ATTEMPT_FAILS);
      boolean refused = kind == IcmpError.Kind.PORT_UNREACHABLE;
      stack.closing.destroy(c, refused ? CloseCause.REFUSED : CloseCause.UNREACHABLE);
    } else {
      c.softError = kind.ordinal();
    }
  }

  private static boolean isHard(IcmpError.Kind kind) {
    return kind == IcmpError.Kind.PROTOCOL_UNREACHABLE
        || kind == IcmpError.Kind.PORT_UNREACHABLE
        || kind == IcmpError.Kind.PROHIBITED;
  }

  private void pathMtu(Connection c, int mtu) {
    if (c.v6 && mtu < PathMtu.MIN_IPV6) {
      // RFC 8201 section 4: no link is as narrow as that, so the message is not to be believed.
      stack.counters.increment(StackCounter.ICMP_IGNORED);
      return;
    }
    // Connections that are opened later begin with what this one has learnt.
    int path = stack.paths.learn(c.remoteHigh, c.remoteLow, mtu, stack.now);
    int mss = path - TcpStack.headers(c.v6) - (c.timestamps ? 12 : 0);
    if (c.state.isSynchronized() && mss < c.mss) {
      c.mss = mss;
      stack.mtuProbing.onTooBig(c, mss);
      // What was too big is lost for certain.
      stack.recovery.onTooBig(c);
      stack.ready(c);
    }
  }
}
