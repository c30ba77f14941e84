package dev.twinpath.testsupport;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.TcpHeader;
import dev.twinpath.nic.packet.UdpHeader;

/** Builds frames in memory for tests. Addresses and MACs are fixed: 10.9.0.2 to 10.9.0.1. */
public final class Packets {
  public static final long OUR_MAC = 0x02_00_00_00_00_02L;
  public static final long PEER_MAC = 0x02_00_00_00_00_01L;
  public static final int OUR_ADDRESS = 0x0a090002;
  public static final int PEER_ADDRESS = 0x0a090001;
  public static final int OUR_PORT = 8080;
  public static final int PEER_PORT = 40000;

  /** Ethernet and IPv4 without options: where the transport header begins. */
  public static final int TRANSPORT4 = EthernetHeader.LENGTH + Ipv4Header.MIN_LENGTH;

  /** Ethernet and IPv6. */
  public static final int TRANSPORT6 = EthernetHeader.LENGTH + Ipv6Header.LENGTH;

  private Packets() {}

  /**
   * Writes headers of a TCP segment over IPv4 with the pseudo-header's sum in the checksum field;
   * returns their length.
   */
  public static int tcp4(
      long at, int sequence, int flags, byte[] options, int payloadLength, long destinationMac) {
    int tcpHeader = TcpHeader.MIN_LENGTH + options.length;
    int tcpLength = tcpHeader + payloadLength;
    EthernetHeader.write(at, destinationMac, OUR_MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        at + EthernetHeader.LENGTH,
        0,
        Math.min(65535, Ipv4Header.MIN_LENGTH + tcpLength),
        0x1234,
        Ipv4Header.DONT_FRAGMENT,
        64,
        Ipv4Header.PROTOCOL_TCP,
        OUR_ADDRESS,
        PEER_ADDRESS);
    tcp(at + TRANSPORT4, sequence, flags, options);
    TcpHeader.checksum(
        at + TRANSPORT4,
        Checksum.pseudoHeader4(OUR_ADDRESS, PEER_ADDRESS, Ipv4Header.PROTOCOL_TCP, tcpLength));
    return TRANSPORT4 + tcpHeader;
  }

  /** The same over IPv6, from fd09::2 to fd09::1. */
  public static int tcp6(
      long at, int sequence, int flags, byte[] options, int payloadLength, long destinationMac) {
    int tcpHeader = TcpHeader.MIN_LENGTH + options.length;
    int tcpLength = tcpHeader + payloadLength;
    EthernetHeader.write(at, destinationMac, OUR_MAC, EthernetHeader.TYPE_IPV6);
    long ip = at + EthernetHeader.LENGTH;
    Ipv6Header.write(ip, 0, 0, Math.min(65535, tcpLength), Ipv6Header.NEXT_TCP, 64);
    address6(Ipv6Header.source(ip), 2);
    address6(Ipv6Header.destination(ip), 1);
    tcp(at + TRANSPORT6, sequence, flags, options);
    TcpHeader.checksum(
        at + TRANSPORT6,
        Checksum.pseudoHeader6(
            Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, tcpLength));
    return TRANSPORT6 + tcpHeader;
  }

  private static void address6(long at, int host) {
    Memory.putLongBE(at, 0xfd09L << 48);
    Memory.putLongBE(at + 8, host);
  }

  private static void tcp(long at, int sequence, int flags, byte[] options) {
    int header = TcpHeader.MIN_LENGTH + options.length;
    TcpHeader.write(at, OUR_PORT, PEER_PORT, sequence, 0x01020304, header, flags, 512, 0);
    Memory.copy(options, 0, at + TcpHeader.MIN_LENGTH, options.length);
  }

  /** Writes headers of a UDP datagram with the pseudo-header's sum; returns their length. */
  public static int udp4(long at, int destinationPort, int payloadLength, long destinationMac) {
    int udpLength = UdpHeader.LENGTH + payloadLength;
    EthernetHeader.write(at, destinationMac, OUR_MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        at + EthernetHeader.LENGTH,
        0,
        Ipv4Header.MIN_LENGTH + udpLength,
        0x4321,
        Ipv4Header.DONT_FRAGMENT,
        64,
        Ipv4Header.PROTOCOL_UDP,
        OUR_ADDRESS,
        PEER_ADDRESS);
    UdpHeader.write(
        at + TRANSPORT4,
        OUR_PORT,
        destinationPort,
        udpLength,
        Checksum.pseudoHeader4(OUR_ADDRESS, PEER_ADDRESS, Ipv4Header.PROTOCOL_UDP, udpLength));
    return TRANSPORT4 + UdpHeader.LENGTH;
  }

  /** Writes an ARP packet of ours; returns the frame's length. */
  public static int arp(long at, int operation, long targetMac, int targetAddress) {
    long destination = operation == ArpHeader.REQUEST ? EthernetHeader.BROADCAST : targetMac;
    EthernetHeader.write(at, destination, OUR_MAC, EthernetHeader.TYPE_ARP);
    ArpHeader.write(
        at + EthernetHeader.LENGTH, operation, OUR_MAC, OUR_ADDRESS, targetMac, targetAddress);
    return EthernetHeader.LENGTH + ArpHeader.LENGTH;
  }
}
