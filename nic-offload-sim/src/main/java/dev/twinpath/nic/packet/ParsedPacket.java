package dev.twinpath.nic.packet;

/**
 * What a frame's headers are, found out once: where each layer begins, and whether its lengths
 * hold. Checksum verification, flow steering, coalescing, send templates and capture filters all
 * look here instead of parsing again.
 *
 * <p>A mutable structure that its owner uses again and again; it keeps no frame alive. Nothing that
 * it tells leads outside the frame: an offset is valid only with the {@code has}/{@code is} method
 * that guards it. One thread.
 */
public final class ParsedPacket {
  /** The most tags that are skipped (IEEE 802.1ad: a service tag and a customer's). */
  private static final int MAX_TAGS = 2;

  /** The most IPv6 extension headers that are skipped; a chain that is longer has no transport. */
  private static final int MAX_EXTENSIONS = 8;

  private static final int NEXT_HOP_BY_HOP = 0;
  private static final int NEXT_ROUTING = 43;
  private static final int NEXT_FRAGMENT = 44;
  private static final int NEXT_AUTHENTICATION = 51;
  private static final int NEXT_NONE = 59;
  private static final int NEXT_DESTINATION = 60;

  /** Where a routing header tells how many addresses are still to be visited. */
  private static final int SEGMENTS_LEFT = 3;

  private static final int OPTION_PAD1 = 0;
  private static final int OPTION_HOME_ADDRESS = 201;

  private long frame;
  private int length;
  private int readable;
  private int type;
  private int tags;
  private int vlan;
  private int network;
  private int version;
  private int networkEnd;
  private boolean malformed;
  private boolean fragment;
  private boolean extensions;
  private boolean pseudoHeaderElsewhere;
  private int protocol;
  private int transport;
  private boolean tcp;
  private boolean udp;
  private int payload;

  /**
   * Parses a frame.
   *
   * @param address of the Ethernet header
   * @param frameLength bytes that may be read there, not negative
   */
  public void parse(long address, int frameLength) {
    parse(address, frameLength, frameLength);
  }

  /**
   * Parses a frame of which only the beginning lies at the address: a header that is not wholly
   * there counts as malformed, or as no transport header.
   *
   * @param address of the Ethernet header
   * @param readableLength bytes that may be read there, from 0 to {@code frameLength}
   * @param frameLength the frame's length, which the headers' lengths are held to
   */
  public void parse(long address, int readableLength, int frameLength) {
    frame = address;
    length = frameLength;
    readable = readableLength;
    type = -1;
    tags = 0;
    vlan = -1;
    network = 0;
    version = 0;
    networkEnd = 0;
    malformed = false;
    fragment = false;
    extensions = false;
    pseudoHeaderElsewhere = false;
    protocol = -1;
    transport = 0;
    tcp = false;
    udp = false;
    payload = 0;
    if (readableLength < EthernetHeader.LENGTH) {
      malformed = true;
      return;
    }
    parseLink();
    if (type == EthernetHeader.TYPE_IPV4) {
      parseIpv4();
    } else if (type == EthernetHeader.TYPE_IPV6) {
      parseIpv6();
    }
  }

  private void parseLink() {
    network = EthernetHeader.LENGTH;
    type = EthernetHeader.type(frame);
    while (VlanTag.isTag(type) && tags < MAX_TAGS && network + VlanTag.LENGTH <= readable) {
      if (tags == 0) {
        vlan = VlanTag.control(frame + network - 2);
      }
      tags++;
      network += VlanTag.LENGTH;
      type = Memory.getShortBE(frame + network - 2);
    }
  }

  private void parseIpv4() {
    long ip = frame + network;
    if (readable - network < Ipv4Header.MIN_LENGTH
        || !Ipv4Header.isValid(ip, length - network)
        || Ipv4Header.headerLength(ip) > readable - network) {
      malformed = true;
      return;
    }
    version = 4;
    networkEnd = network + Ipv4Header.totalLength(ip);
    fragment = Ipv4Header.isFragment(ip);
    protocol = Ipv4Header.protocol(ip);
    transport = network + Ipv4Header.headerLength(ip);
    parseTransport();
  }

  private void parseIpv6() {
    long ip = frame + network;
    if (readable - network < Ipv6Header.LENGTH || !Ipv6Header.isValid(ip, length - network)) {
      malformed = true;
      return;
    }
    version = 6;
    networkEnd = network + Ipv6Header.LENGTH + Ipv6Header.payloadLength(ip);
    int at = network + Ipv6Header.LENGTH;
    int end = Math.min(networkEnd, readable);
    int next = Ipv6Header.nextHeader(ip);
    for (int i = 0; isExtension(next); i++) {
      // RFC 8200 section 4: each begins with the next header's number and its length in 8 bytes
      // beyond the first 8 (RFC 4302: in 4 bytes beyond the first 8; a fragment header has 8).
      if (at + 8 > end || i == MAX_EXTENSIONS) {
        malformed = true;
        return;
      }
      int size;
      if (next == NEXT_FRAGMENT) {
        fragment = true;
        size = 8;
      } else if (next == NEXT_AUTHENTICATION) {
        size = Memory.getByte(frame + at + 1) + 2 << 2;
      } else {
        size = Memory.getByte(frame + at + 1) + 1 << 3;
      }
      if (at + size > end) {
        malformed = true;
        return;
      }
      pseudoHeaderElsewhere |=
          next == NEXT_ROUTING && Memory.getByte(frame + at + SEGMENTS_LEFT) != 0
              || next == NEXT_DESTINATION && hasHomeAddress(frame + at, size);
      next = Memory.getByte(frame + at);
      at += size;
      extensions = true;
      if (fragment) {
        // What follows is a piece of the packet, perhaps from its middle: no header to walk over.
        break;
      }
    }
    protocol = next;
    transport = at;
    parseTransport();
  }

  /** Whether destination options hold a mobile node's home address (RFC 6275 section 6.3). */
  private static boolean hasHomeAddress(long header, int size) {
    int at = 2;
    while (at < size) {
      int option = Memory.getByte(header + at);
      if (option == OPTION_HOME_ADDRESS) {
        return true;
      }
      if (option == OPTION_PAD1) {
        at++;
      } else if (at + 1 < size) {
        at += 2 + Memory.getByte(header + at + 1);
      } else {
        break;
      }
    }
    return false;
  }

  private static boolean isExtension(int next) {
    return next == NEXT_HOP_BY_HOP
        || next == NEXT_ROUTING
        || next == NEXT_FRAGMENT
        || next == NEXT_AUTHENTICATION
        || next == NEXT_DESTINATION;
  }

  private void parseTransport() {
    payload = transport;
    if (fragment || protocol == NEXT_NONE) {
      return;
    }
    int available = Math.min(networkEnd, readable) - transport;
    if (protocol == Ipv4Header.PROTOCOL_TCP && available >= TcpHeader.MIN_LENGTH) {
      int header = TcpHeader.headerLength(frame + transport);
      if (header >= TcpHeader.MIN_LENGTH && header <= available) {
        tcp = true;
        payload = transport + header;
      }
    } else if (protocol == Ipv4Header.PROTOCOL_UDP && available >= UdpHeader.LENGTH) {
      udp = true;
      payload = transport + UdpHeader.LENGTH;
    }
  }

  /** The address that was parsed. */
  public long frame() {
    return frame;
  }

  /** The frame's length, padding included. */
  public int length() {
    return length;
  }

  /** The bytes that could be looked at: the whole frame, or its beginning. */
  public int readable() {
    return readable;
  }

  /** The Ethernet type after all tags, or -1 when the frame is too short to have one. */
  public int type() {
    return type;
  }

  /** VLAN tags that were skipped. */
  public int tags() {
    return tags;
  }

  /** The control information of the outermost tag, or -1 without one. */
  public int vlan() {
    return vlan;
  }

  /** Whether an IPv4 or IPv6 header, or a chain of extension headers, does not fit the frame. */
  public boolean isMalformed() {
    return malformed;
  }

  public boolean isIpv4() {
    return version == 4;
  }

  public boolean isIpv6() {
    return version == 6;
  }

  /** Whether there is a well-formed IP header, of either version. */
  public boolean isIp() {
    return version != 0;
  }

  /** Whether the packet is a piece of a fragmented one: its transport header is not looked at. */
  public boolean isFragment() {
    return fragment;
  }

  /** Whether IPv6 extension headers stand before the transport. */
  public boolean hasExtensions() {
    return extensions;
  }

  /**
   * Whether the transport's checksum is over other addresses than the IPv6 header's: a routing
   * header has a destination still to come (RFC 8200 section 8.1), or a mobile node sends from away
   * (RFC 6275 section 11.3.1).
   */
  public boolean isPseudoHeaderElsewhere() {
    return pseudoHeaderElsewhere;
  }

  /** Where the network header begins, from the frame. */
  public int networkOffset() {
    return network;
  }

  /** Where the IP packet ends by its own length, from the frame; padding follows. */
  public int networkEnd() {
    return networkEnd;
  }

  /** The transport protocol's number, after IPv6 extension headers; -1 without an IP header. */
  public int protocol() {
    return protocol;
  }

  /** Where the transport header begins, when there is an IP header that is no fragment. */
  public int transportOffset() {
    return transport;
  }

  /** Bytes from the transport header to the end of the IP packet. */
  public int transportLength() {
    return networkEnd - transport;
  }

  /** Whether a whole TCP header with its options is there, and the packet is no fragment. */
  public boolean isTcp() {
    return tcp;
  }

  /** Whether a whole UDP header is there, and the packet is no fragment. */
  public boolean isUdp() {
    return udp;
  }

  /** Whether there are ports: {@link #isTcp} or {@link #isUdp}. */
  public boolean hasPorts() {
    return tcp || udp;
  }

  /** Where the transport's payload begins: after the options. */
  public int payloadOffset() {
    return payload;
  }

  /** Bytes of the transport's payload. */
  public int payloadLength() {
    return networkEnd - payload;
  }

  /** The network header's address. */
  public long network() {
    return frame + network;
  }

  /** The transport header's address. */
  public long transport() {
    return frame + transport;
  }

  /** The source port; with {@link #hasPorts}. */
  public int sourcePort() {
    return Memory.getShortBE(frame + transport);
  }

  /** The destination port; with {@link #hasPorts}. */
  public int destinationPort() {
    return Memory.getShortBE(frame + transport + 2);
  }

  /** The IPv4 source address in host order; with {@link #isIpv4}. */
  public int source4() {
    return Ipv4Header.source(frame + network);
  }

  /** The IPv4 destination address in host order; with {@link #isIpv4}. */
  public int destination4() {
    return Ipv4Header.destination(frame + network);
  }

  /** Where the 16 bytes of the IPv6 source address are; with {@link #isIpv6}. */
  public long source6() {
    return Ipv6Header.source(frame + network);
  }

  /** Where the 16 bytes of the IPv6 destination address are; with {@link #isIpv6}. */
  public long destination6() {
    return Ipv6Header.destination(frame + network);
  }
}
