package dev.twinpath.userstack.tcp;

import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.userstack.stack.BlockPool;

/**
 * The headers of each connection as far as they never change: Ethernet, IPv4 or IPv6, TCP, and the
 * first word of its timestamps. What differs between the IP versions in every segment is here too.
 */
final class HeaderTemplates {
  /**
   * Bytes of a template, rounded up to words; those of IPv6 leave room for the timestamps' head.
   */
  static final int LENGTH = 80;

  private static final int IP = EthernetHeader.LENGTH;
  private static final int TCP_OVER_4 = IP + Ipv4Header.MIN_LENGTH;
  private static final int TCP_OVER_6 = IP + Ipv6Header.LENGTH;
  private static final int TIMESTAMPS_ALIGNED = 0x0101080a;

  private final long memory;
  private final long size;
  private final long mac;

  HeaderTemplates(int connections, long mac) {
    size = (long) connections * LENGTH;
    memory = BlockPool.map(size);
    this.mac = mac;
  }

  /** Where the TCP header of a connection's frames begins. */
  static int tcpOffset(boolean v6) {
    return v6 ? TCP_OVER_6 : TCP_OVER_4;
  }

  /**
   * Writes a connection's template.
   *
   * @param destinationMac the next hop's
   * @param flowLabel for IPv6, the same for all of a connection (RFC 6437)
   */
  void build(Connection c, long destinationMac, int flowLabel) {
    long t = memory + (long) c.slot * LENGTH;
    c.headerTemplate = t;
    c.tcpOffset = tcpOffset(c.v6);
    if (c.v6) {
      EthernetHeader.write(t, destinationMac, mac, EthernetHeader.TYPE_IPV6);
      long ip = t + IP;
      Ipv6Header.write(
          ip, c.options.typeOfService, flowLabel, 0, Ipv6Header.NEXT_TCP, c.options.timeToLive);
      Memory.putLongBE(Ipv6Header.source(ip), c.localHigh);
      Memory.putLongBE(Ipv6Header.source(ip) + 8, c.localLow);
      Memory.putLongBE(Ipv6Header.destination(ip), c.remoteHigh);
      Memory.putLongBE(Ipv6Header.destination(ip) + 8, c.remoteLow);
      c.pseudoSum =
          Checksum.pseudoHeader6(
              Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, 0);
    } else {
      EthernetHeader.write(t, destinationMac, mac, EthernetHeader.TYPE_IPV4);
      Ipv4Header.write(
          t + IP,
          c.options.typeOfService,
          0,
          0,
          Ipv4Header.DONT_FRAGMENT,
          c.options.timeToLive,
          Ipv4Header.PROTOCOL_TCP,
          (int) c.localLow,
          (int) c.remoteLow);
      c.pseudoSum =
          Checksum.pseudoHeader4((int) c.localLow, (int) c.remoteLow, Ipv4Header.PROTOCOL_TCP, 0);
    }
    long tcp = t + c.tcpOffset;
    TcpHeader.write(tcp, c.localPort, c.remotePort, 0, 0, TcpHeader.MIN_LENGTH, 0, 0, 0);
    Memory.putIntBE(tcp + TcpHeader.MIN_LENGTH, TIMESTAMPS_ALIGNED);
  }

  /** Copies a connection's template to where its next packet begins. */
  static void copy(Connection c, long header) {
    Memory.copy(c.headerTemplate, header, LENGTH);
  }

  /** Sets the IP header's length field for so many bytes from the TCP header on. */
  static void length(Connection c, long header, int tcpLength) {
    if (c.v6) {
      Ipv6Header.payloadLength(header + IP, tcpLength);
    } else {
      Ipv4Header.totalLength(header + IP, Ipv4Header.MIN_LENGTH + tcpLength);
    }
  }

  /** Sets the two bits of explicit congestion notification, which are 0 in the template. */
  static void mark(Connection c, long header, int ecn) {
    long at = header + IP + 1;
    Memory.putByte(at, Memory.getByte(at) | (c.v6 ? ecn << 4 : ecn));
  }

  void close() {
    Linux.munmap(memory, size);
  }
}
