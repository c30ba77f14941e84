package dev.twinpath.userstack.ip;

import dev.twinpath.nic.flow.FlowTable;
import dev.twinpath.nic.offload.ReceiveFlags;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.IcmpHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;

/**
 * Takes received frames apart as far as the transport: ARP, IPv4 validation (RFC 1122 section
 * 3.2.1), ICMP. Options are skipped. Fragments are refused: TCP never needs them (every segment of
 * ours carries DF and peers do the same), and a stack without reassembly has no reassembly attacks.
 */
public final class Ipv4Input {
  private final RouteTable routes;
  private final Arp arp;
  private final Icmp icmp;
  private final TransportReceiver transport;
  private final StackCounters counters;
  private final long mac;
  private DatagramReceiver datagrams = DatagramReceiver.NOBODY;

  /** Wires the input. */
  public Ipv4Input(
      RouteTable routes,
      Arp arp,
      Icmp icmp,
      TransportReceiver transport,
      StackCounters counters,
      long mac) {
    this.routes = routes;
    this.arp = arp;
    this.icmp = icmp;
    this.transport = transport;
    this.counters = counters;
    this.mac = mac;
  }

  /** Sets who gets UDP datagrams; until then nobody takes them. */
  public void datagrams(DatagramReceiver receiver) {
    datagrams = receiver;
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
      onPacket(frame, length, flags, tag, nowNanos);
    } else if (type == EthernetHeader.TYPE_ARP) {
      arp.onFrame(frame, length, (flags & ReceiveFlags.REPLICA) != 0, nowNanos);
    } else {
      counters.increment(StackCounter.FRAME_UNKNOWN_TYPE);
    }
  }

  private void onPacket(long frame, int length, int flags, int tag, long nowNanos) {
    long destinationMac = EthernetHeader.destination(frame);
    if (destinationMac != mac && !EthernetHeader.isGroup(destinationMac)) {
      counters.increment(StackCounter.FRAME_OTHER_HOST);
      return;
    }
    counters.increment(StackCounter.IP_IN);
    long ip = frame + EthernetHeader.LENGTH;
    int available = length - EthernetHeader.LENGTH;
    if (available < Ipv4Header.MIN_LENGTH || Ipv4Header.version(ip) != 4) {
      counters.increment(StackCounter.IP_HEADER_ERRORS);
      return;
    }
    int header = Ipv4Header.headerLength(ip);
    int total = Ipv4Header.totalLength(ip);
    if (header < Ipv4Header.MIN_LENGTH || total < header) {
      counters.increment(StackCounter.IP_HEADER_ERRORS);
      return;
    }
    if (total > available) {
      counters.increment(StackCounter.IP_TRUNCATED);
      return;
    }
    if ((flags & ReceiveFlags.L3_OK) == 0
        && ((flags & ReceiveFlags.L3_BAD) != 0 || !Ipv4Header.verifyChecksum(ip))) {
      counters.increment(StackCounter.IP_CHECKSUM_ERRORS);
      return;
    }
    int destination = Ipv4Header.destination(ip);
    boolean unicast = routes.isLocal(destination);
    if (!unicast && !routes.isBroadcast(destination)) {
      counters.increment(StackCounter.IP_ADDRESS_ERRORS);
      return;
    }
    int source = Ipv4Header.source(ip);
    if (!Ipv4Address.isUnicast(source) || routes.isLocal(source) || routes.isBroadcast(source)) {
      // Martians, and LAND: a packet that claims to come from ourselves (RFC 1122 section 3.2.1.3).
      counters.increment(StackCounter.IP_SOURCE_ERRORS);
      return;
    }
    if (Ipv4Header.isFragment(ip)) {
      counters.increment(StackCounter.IP_FRAGMENTS_REFUSED);
      return;
    }
    demultiplex(ip, header, total, flags, tag, unicast, destinationMac, nowNanos);
  }

  private void demultiplex(
      long ip,
      int header,
      int total,
      int flags,
      int tag,
      boolean unicast,
      long destinationMac,
      long nowNanos) {
    int length = total - header;
    int protocol = Ipv4Header.protocol(ip);
    boolean addressedToUs = unicast && destinationMac == mac;
    if (protocol == Ipv4Header.PROTOCOL_TCP) {
      if (!addressedToUs) {
        counters.increment(StackCounter.IP_ADDRESS_ERRORS);
        return;
      }
      if ((flags & ReceiveFlags.L4_OK) == 0
          && ((flags & ReceiveFlags.L4_BAD) != 0 || !verify(ip, header, length, protocol))) {
        counters.increment(StackCounter.CHECKSUM_ERRORS);
        counters.increment(StackCounter.IN_ERRORS);
        return;
      }
      boolean flow = (flags & ReceiveFlags.LISTENER) == 0;
      transport.onSegment(ip, ip + header, length, flow ? tag : FlowTable.NONE);
    } else if (protocol == Ipv4Header.PROTOCOL_ICMP) {
      icmp.onMessage(ip, ip + header, length, unicast, nowNanos);
    } else if (protocol == Ipv4Header.PROTOCOL_UDP) {
      onDatagram(ip, header, total, flags, addressedToUs, nowNanos);
    } else {
      counters.increment(StackCounter.IP_UNKNOWN_PROTOCOL);
      if (addressedToUs) {
        icmp.sendUnreachable(IcmpHeader.CODE_PROTOCOL_UNREACHABLE, ip, total, nowNanos);
      }
    }
  }

  private void onDatagram(
      long ip, int header, int total, int flags, boolean addressedToUs, long nowNanos) {
    long udp = ip + header;
    int available = total - header;
    int length = available < UdpHeader.LENGTH ? 0 : UdpHeader.length(udp);
    if (length < UdpHeader.LENGTH || length > available) {
      counters.increment(StackCounter.UDP_IN_ERRORS);
      return;
    }
    if ((flags & ReceiveFlags.L4_OK) == 0
        && UdpHeader.checksum(udp) != 0
        && ((flags & ReceiveFlags.L4_BAD) != 0
            || !verify(ip, header, length, Ipv4Header.PROTOCOL_UDP))) {
      counters.increment(StackCounter.UDP_CHECKSUM_ERRORS);
      counters.increment(StackCounter.UDP_IN_ERRORS);
      return;
    }
    long source = IpAddress.mapped(Ipv4Header.source(ip));
    long destination = IpAddress.mapped(Ipv4Header.destination(ip));
    if (datagrams.onDatagram(ip, udp, length, 0, source, 0, destination, addressedToUs)) {
      return;
    }
    counters.increment(StackCounter.UDP_NO_PORT);
    if (addressedToUs) {
      icmp.sendUnreachable(IcmpHeader.CODE_PORT_UNREACHABLE, ip, total, nowNanos);
    }
  }

  private static boolean verify(long ip, int header, int length, int protocol) {
    int pseudo =
        Checksum.pseudoHeader4(Ipv4Header.source(ip), Ipv4Header.destination(ip), protocol, length);
    return Checksum.verifies(Checksum.add(pseudo, Checksum.sum(ip + header, length)));
  }
}
