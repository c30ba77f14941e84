package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.offload.SendTemplate;
import dev.twinpath.nic.offload.SendTemplateTable;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.TcpHeader;

/**
 * What the device lets a connection send: its addresses and ports, no SYN once it is established,
 * never URG, and sequence numbers around what is outstanding.
 *
 * <p>The window of sequence numbers follows the oldest unacknowledged one in steps of a quarter of
 * the greatest window that the peer ever offered, so that most packets cost two comparisons. It
 * reaches one such window back (probes stand one number before, and what waits in the ring may have
 * been acknowledged meanwhile) and two on: whatever the peer may accept is inside.
 */
final class SendPermits {
  private static final int ESTABLISHED_FLAGS =
      TcpHeader.ACK | TcpHeader.PSH | TcpHeader.FIN | TcpHeader.RST | TcpHeader.ECE | TcpHeader.CWR;

  private static final int OPENING_FLAGS = ESTABLISHED_FLAGS | TcpHeader.SYN;

  /** A window that is not scaled: less is not worth the steps. */
  private static final long LEAST_SPAN = 1 << 16;

  private final SendTemplateTable table;
  private final long mac;

  SendPermits(SendTemplateTable table, long mac) {
    this.table = table;
    this.mac = mac;
  }

  /** Gives a connection a template; the one before, if any, is retired by the caller. */
  void pin(Connection c, long destinationMac) {
    c.permitsSyn = !c.state.isSynchronized();
    note(c);
    SendTemplate template = c.v6 ? template6(c, destinationMac) : template4(c, destinationMac);
    c.sendTemplate =
        table.add(
            template
                .withFlags(c.permitsSyn ? OPENING_FLAGS : ESTABLISHED_FLAGS)
                .withWindow(low(c), 3 * c.permittedSpan));
  }

  private SendTemplate template4(Connection c, long destinationMac) {
    return SendTemplate.ipv4(
        mac,
        destinationMac,
        Ipv4Header.PROTOCOL_TCP,
        (int) c.localLow,
        (int) c.remoteLow,
        c.localPort,
        c.remotePort);
  }

  private SendTemplate template6(Connection c, long destinationMac) {
    return SendTemplate.ipv6(
        mac,
        destinationMac,
        Ipv6Header.NEXT_TCP,
        c.localHigh,
        c.localLow,
        c.remoteHigh,
        c.remoteLow,
        c.localPort,
        c.remotePort);
  }

  /** Before each packet: lets the window follow the connection. */
  void follow(Connection c) {
    if (c.sndUna - c.permittedUna > c.permittedSpan >> 2 || c.maxSndWnd > c.permittedSpan) {
      note(c);
      table.moveWindow(c.sendTemplate, low(c), 3 * c.permittedSpan);
    }
    if (c.permitsSyn && c.state.isSynchronized()) {
      c.permitsSyn = false;
      table.permitFlags(c.sendTemplate, ESTABLISHED_FLAGS);
    }
  }

  private static void note(Connection c) {
    c.permittedUna = c.sndUna;
    c.permittedSpan = Math.max(LEAST_SPAN, c.maxSndWnd);
  }

  private static int low(Connection c) {
    return (int) (c.permittedUna - c.permittedSpan);
  }
}
