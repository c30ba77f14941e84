package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.userstack.ip.Frames;
import dev.twinpath.userstack.ip.IpAddress;

/** The IP version that a {@link Transcript} runs over. */
enum Family {
  IPV4("192.0.2.1", "192.0.2.2", Ipv4Header.MIN_LENGTH, EthernetHeader.TYPE_IPV4),
  IPV6("2001:db8::1", "2001:db8::2", Ipv6Header.LENGTH, EthernetHeader.TYPE_IPV6);

  private static final int SOLICITATION = 135;
  private static final int ADVERTISEMENT = 136;
  private static final int SOLICITED_OVERRIDE = 0x6000_0000;

  final IpAddress stack;
  final IpAddress peer;

  /** Bytes of the IP header. */
  final int header;

  private final int etherType;

  Family(String stack, String peer, int header, int etherType) {
    this.stack = IpAddress.parse(stack);
    this.peer = IpAddress.parse(peer);
    this.header = header;
    this.etherType = etherType;
  }

  /** Payload of a full segment without options, on Ethernet. */
  int mss() {
    return 1500 - header - 20;
  }

  private static void put(long at, IpAddress address) {
    Memory.putLongBE(at, address.high());
    Memory.putLongBE(at + 8, address.low());
  }

  /** Writes the Ethernet and IP headers of a TCP segment of the peer, so many bytes long. */
  void write(long frame, int ecn, int length) {
    EthernetHeader.write(frame, Transcript.STACK_MAC, Transcript.PEER_MAC, etherType);
    long ip = frame + EthernetHeader.LENGTH;
    if (this == IPV6) {
      Ipv6Header.write(ip, ecn, 0, length, Ipv6Header.NEXT_TCP, 64);
      put(Ipv6Header.source(ip), peer);
      put(Ipv6Header.destination(ip), stack);
      return;
    }
    Ipv4Header.write(
        ip,
        ecn,
        header + length,
        1,
        Ipv4Header.DONT_FRAGMENT,
        64,
        Ipv4Header.PROTOCOL_TCP,
        peer.v4(),
        stack.v4());
    Ipv4Header.writeChecksum(ip);
  }

  /** The sum of a segment's pseudo-header, from the IP header that stands before it. */
  int pseudo(long ip, int length) {
    return this == IPV6
        ? Checksum.pseudoHeader6(
            Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_TCP, length)
        : Checksum.pseudoHeader4(
            Ipv4Header.source(ip), Ipv4Header.destination(ip), Ipv4Header.PROTOCOL_TCP, length);
  }

  /** Checks what must hold of the Ethernet and IP headers of every TCP segment of the stack. */
  void check(long frame, int frameLength) {
    long ip = frame + EthernetHeader.LENGTH;
    int length = frameLength - EthernetHeader.LENGTH;
    assertThat(EthernetHeader.type(frame)).isEqualTo(etherType);
    assertThat(EthernetHeader.destination(frame)).isEqualTo(Transcript.PEER_MAC);
    if (this == IPV6) {
      assertThat(Ipv4Header.version(ip)).isEqualTo(6);
      assertThat(Ipv6Header.payloadLength(ip)).isEqualTo(length - header);
      assertThat(Ipv6Header.nextHeader(ip)).isEqualTo(Ipv6Header.NEXT_TCP);
      assertThat(Ipv6Header.hopLimit(ip)).isEqualTo(64);
      assertThat(at(Ipv6Header.source(ip))).isEqualTo(stack);
      assertThat(at(Ipv6Header.destination(ip))).isEqualTo(peer);
    } else {
      assertThat(Ipv4Header.verifyChecksum(ip)).as("IPv4 checksum").isTrue();
      assertThat(Ipv4Header.totalLength(ip)).isEqualTo(length);
      assertThat(Ipv4Header.protocol(ip)).isEqualTo(Ipv4Header.PROTOCOL_TCP);
      assertThat(Ipv4Header.source(ip)).isEqualTo(stack.v4());
      assertThat(Ipv4Header.destination(ip)).isEqualTo(peer.v4());
    }
  }

  private static IpAddress at(long address) {
    return new IpAddress(Memory.getLongBE(address), Memory.getLongBE(address + 8));
  }

  /** The two bits of explicit congestion notification of a packet. */
  int ecn(long ip) {
    return (this == IPV6 ? Ipv6Header.trafficClass(ip) : Ipv4Header.typeOfService(ip)) & 3;
  }

  /** The answer to a frame if it is a neighbour solicitation, else null. */
  static byte[] advertisement(byte[] frame) {
    int icmp = Frames.IP + Ipv6Header.LENGTH;
    if (Frames.half(frame, 12) != EthernetHeader.TYPE_IPV6
        || frame[Frames.IP + 6] != Frames.ICMP6
        || frame[icmp] != (byte) SOLICITATION) {
      return null;
    }
    String target = address(frame, icmp + 8);
    String asker = address(frame, Frames.IP + 8);
    byte[] body =
        Frames.join(Frames.address(target), Frames.bytes(2, 1), Frames.mac(Transcript.PEER_MAC));
    byte[] message = Frames.icmp6(target, asker, ADVERTISEMENT, 0, SOLICITED_OVERRIDE, body);
    return packet(Frames.ipv6(target, asker, Frames.ICMP6, 255, message));
  }

  /** A frame of the peer's to the stack with an IPv6 packet. */
  static byte[] packet(byte[] ipv6) {
    return Frames.ethernet(
        Transcript.STACK_MAC, Transcript.PEER_MAC, EthernetHeader.TYPE_IPV6, ipv6);
  }

  private static String address(byte[] frame, int at) {
    long high = (long) Frames.word(frame, at) << 32 | Frames.word(frame, at + 4) & 0xffffffffL;
    long low = (long) Frames.word(frame, at + 8) << 32 | Frames.word(frame, at + 12) & 0xffffffffL;
    return new IpAddress(high, low).toString();
  }
}
