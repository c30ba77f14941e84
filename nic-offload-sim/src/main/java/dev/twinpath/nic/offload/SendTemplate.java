package dev.twinpath.nic.offload;

import dev.twinpath.nic.packet.ArpHeader;
import dev.twinpath.nic.packet.Ipv6Header;

/**
 * What a connection's outgoing packets must look like: the NIC's side of Rogers's argument that a
 * user-level stack need not be trusted with the wire. A packet that names a template and differs
 * from it in one of these is not sent. What is not here (time to live, type of service, window,
 * options of TCP) is the sender's.
 *
 * <p>Immutable; each {@code with} method gives another one. An IPv4 address stands in the low 32
 * bits of the low half.
 *
 * @param kind of packets
 * @param sourceMac the 48 bits of the sender's MAC address
 * @param destinationMac the next hop's; not looked at for ARP and neighbour discovery
 * @param vlan the control information of the one tag, or -1 for no tag
 * @param protocol the transport protocol's number
 * @param sourceHigh the upper 64 bits of the source address
 * @param sourceLow the lower 64 bits
 * @param destinationHigh the upper 64 bits of the destination address
 * @param destinationLow the lower 64 bits
 * @param sourcePort 0 to 65535; looked at for TCP and UDP only, as are the following
 * @param destinationPort 0 to 65535
 * @param permittedFlags the TCP flags that may be set, of 12 bits
 * @param windowLow the first sequence number that may be sent; see {@link
 *     SendTemplateTable#moveWindow}
 * @param windowLength how many sequence numbers from there; {@link #ANY_WINDOW} for all
 * @param maxPayload the most payload bytes of a packet, all its segments together
 */
public record SendTemplate(
    Kind kind,
    long sourceMac,
    long destinationMac,
    int vlan,
    int protocol,
    long sourceHigh,
    long sourceLow,
    long destinationHigh,
    long destinationLow,
    int sourcePort,
    int destinationPort,
    int permittedFlags,
    int windowLow,
    long windowLength,
    int maxPayload) {

  /** What a template is for. */
  public enum Kind {
    /** IPv4: TCP, UDP, ICMP echo, or another protocol by its number. */
    IPV4,
    /** IPv6, likewise. */
    IPV6,
    /** ARP for one's own MAC and IPv4 address (RFC 826). */
    ARP,
    /** Neighbour discovery for one's own MAC and IPv6 address (RFC 4861). */
    NEIGHBOR_DISCOVERY
  }

  /** The window length of a template that permits every sequence number. */
  public static final long ANY_WINDOW = 0xffff_ffffL;

  /** All TCP flags, those of ECN and the reserved ones included. */
  public static final int ALL_FLAGS = 0xfff;

  private static final int NO_VLAN = -1;
  private static final int MAX_PAYLOAD = 65535;

  /** Checks that every part is in its range. */
  public SendTemplate {
    check(sourceMac >>> 48 == 0 && destinationMac >>> 48 == 0, "a MAC address has 48 bits");
    check(vlan >= NO_VLAN && vlan <= 0xffff, "a VLAN tag has 16 bits; -1 for none");
    check(protocol >= 0 && protocol <= 255, "a protocol number has 8 bits");
    check(
        (sourcePort | destinationPort) >>> 16 == 0, "a port has 16 bits, and is not negative here");
    check((permittedFlags & ~ALL_FLAGS) == 0, "TCP has 12 bits of flags");
    check(windowLength >= 0 && windowLength <= ANY_WINDOW, "a window has 0 to 2^32-1 numbers");
    check(maxPayload >= 0, "a payload is not negative");
  }

  private static void check(boolean condition, String rule) {
    if (!condition) {
      throw new IllegalArgumentException(rule);
    }
  }

  /**
   * Packets of one IPv4 flow.
   *
   * @param protocol 6, 17, 1 (echo only), or another
   * @param source host order
   * @param destination host order
   */
  public static SendTemplate ipv4(
      long sourceMac,
      long destinationMac,
      int protocol,
      int source,
      int destination,
      int sourcePort,
      int destinationPort) {
    return new SendTemplate(
        Kind.IPV4,
        sourceMac,
        destinationMac,
        NO_VLAN,
        protocol,
        0,
        source & 0xffff_ffffL,
        0,
        destination & 0xffff_ffffL,
        sourcePort,
        destinationPort,
        ALL_FLAGS,
        0,
        ANY_WINDOW,
        MAX_PAYLOAD);
  }

  /** Packets of one IPv6 flow; the addresses as two words each. */
  public static SendTemplate ipv6(
      long sourceMac,
      long destinationMac,
      int protocol,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      int sourcePort,
      int destinationPort) {
    return new SendTemplate(
        Kind.IPV6,
        sourceMac,
        destinationMac,
        NO_VLAN,
        protocol,
        sourceHigh,
        sourceLow,
        destinationHigh,
        destinationLow,
        sourcePort,
        destinationPort,
        ALL_FLAGS,
        0,
        ANY_WINDOW,
        MAX_PAYLOAD);
  }

  /** ARP requests and replies that speak for one MAC and IPv4 address, to anybody. */
  public static SendTemplate arp(long mac, int address) {
    return new SendTemplate(
        Kind.ARP,
        mac,
        0,
        NO_VLAN,
        0,
        0,
        address & 0xffff_ffffL,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        ArpHeader.LENGTH);
  }

  /** Solicitations and advertisements that speak for one MAC and IPv6 address, to anybody. */
  public static SendTemplate neighborDiscovery(long mac, long addressHigh, long addressLow) {
    return new SendTemplate(
        Kind.NEIGHBOR_DISCOVERY,
        mac,
        0,
        NO_VLAN,
        Ipv6Header.NEXT_ICMP,
        addressHigh,
        addressLow,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        MAX_PAYLOAD);
  }

  /** The same in a VLAN: with exactly this tag. */
  public SendTemplate withVlan(int control) {
    return copy(control, permittedFlags, windowLow, windowLength, maxPayload);
  }

  /** The same with these TCP flags permitted, and no other. */
  public SendTemplate withFlags(int permitted) {
    return copy(vlan, permitted, windowLow, windowLength, maxPayload);
  }

  /** The same with a window of sequence numbers. */
  public SendTemplate withWindow(int low, long length) {
    return copy(vlan, permittedFlags, low, length, maxPayload);
  }

  /** The same with a limit on a packet's payload. */
  public SendTemplate withMaxPayload(int bytes) {
    return copy(vlan, permittedFlags, windowLow, windowLength, bytes);
  }

  private SendTemplate copy(int tag, int flags, int low, long length, int payload) {
    return new SendTemplate(
        kind,
        sourceMac,
        destinationMac,
        tag,
        protocol,
        sourceHigh,
        sourceLow,
        destinationHigh,
        destinationLow,
        sourcePort,
        destinationPort,
        flags,
        low,
        length,
        payload);
  }
}
