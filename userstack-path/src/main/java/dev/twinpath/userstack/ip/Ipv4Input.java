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
 * Takes received IPv4 packets apart as far as the transport (RFC 1122 section 3.2.1). Options are
 * skipped, and source routes not followed: packets that are not for us are dropped.
 */
final class Ipv4Input {
  /** RFC 1858 section 3.2: what a first fragment holds of a TCP header at least. */
  private static final int TINY = 16;

  private final RouteTable routes;
  private final Icmp icmp;
  private final TransportReceiver transport;
  private final Reassembly reassembly;
  private final StackCounters counters;
  private final long mac;
  private DatagramReceiver datagrams = DatagramReceiver.NOBODY;

  Ipv4Input(
      RouteTable routes,
      Icmp icmp,
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

  /** Sets who gets UDP datagrams; until then nobody takes them. */
  void datagrams(DatagramReceiver receiver) {
    datagrams = receiver;
  }

  /**
   * One frame of type IPv4.
   *
   * @param frame its Ethernet header
   * @param length of the frame
   * @param flags {@link ReceiveFlags}
   * @param tag the NIC's tag or -1
   */
  void onFrame(long frame, int length, int flags, int tag, long nowNanos) {
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
    boolean addressedToUs = unicast && destinationMac == mac;
    if (Ipv4Header.isFragment(ip)) {
      onFragment(ip, header, total, addressedToUs, nowNanos);
      return;
    }
    demultiplex(ip, header, total, flags, tag, addressedToUs, nowNanos);
  }

  private void onFragment(
      long fragment, int header, int length, boolean addressedToUs, long nowNanos) {
    int offset = Ipv4Header.flagsAndFragment(fragment) & Ipv4Header.FRAGMENT_OFFSET_MASK;
    int least = offset == 0 ? TINY : 0;
    if (Ipv4Header.protocol(fragment) == Ipv4Header.PROTOCOL_TCP
        && (offset == 1 || length - header < least)) {
      // RFC 1858, RFC 3128: such fragments are made to hide a TCP header from filters.
      counters.increment(StackCounter.IP_FRAGMENTS_TINY);
      return;
    }
    int total = reassembly.add4(fragment, nowNanos);
    if (total > 0) {
      long ip = reassembly.result();
      int tag = FlowTable.NONE;
      demultiplex(ip, Ipv4Header.headerLength(ip), total, 0, tag, addressedToUs, nowNanos);
    }
  }

  private void demultiplex(
      long ip, int header, int total, int flags, int tag, boolean addressedToUs, long nowNanos) {
    int length = total - header;
    int protocol = Ipv4Header.protocol(ip);
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
      icmp.onMessage(ip, ip + header, length, addressedToUs, nowNanos);
    } else if (protocol == Ipv4Header.PROTOCOL_UDP) {
      onDatagram(ip, header, total, flags, addressedToUs, nowNanos);
    } else {
      counters.increment(StackCounter.IP_UNKNOWN_PROTOCOL);
      if (addressedToUs) {
        unreachable(IcmpHeader.CODE_PROTOCOL_UNREACHABLE, ip, total, nowNanos);
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
      unreachable(IcmpHeader.CODE_PORT_UNREACHABLE, ip, total, nowNanos);
    }
  }

  private void unreachable(int code, long ip, int length, long nowNanos) {
    icmp.sendError(IcmpHeader.DESTINATION_UNREACHABLE, code, 0, ip, length, nowNanos);
  }

  private static boolean verify(long ip, int header, int length, int protocol) {
    int pseudo =
        Checksum.pseudoHeader4(Ipv4Header.source(ip), Ipv4Header.destination(ip), protocol, length);
    return Checksum.verifies(Checksum.add(pseudo, Checksum.sum(ip + header, length)));
  }
}
