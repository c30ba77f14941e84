package dev.twinpath.userstack.udp;

import dev.twinpath.nic.packet.Checksum;
import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.nic.packet.Ipv4Header;
import dev.twinpath.nic.packet.Ipv6Header;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.packet.UdpHeader;
import dev.twinpath.userstack.ip.IpAddress;
import java.util.SplittableRandom;

/** Writes the headers of one datagram at a time, over either IP version. One thread. */
final class DatagramHeaders {
  static final int IPV6_LENGTH = Ipv6Header.LENGTH;

  private static final int FRAGMENT_HEADER = 8;
  private static final int FRAGMENT_NEXT_HEADER = 44;
  private static final int IDENTIFICATIONS = 256;

  private final long mac;

  /**
   * Identifications of fragments, counted for each of many sets of destinations: nobody learns from
   * one how much is sent to others (RFC 7739 section 5.3).
   */
  private final int[] identifications = new int[IDENTIFICATIONS];

  private final long secret;
  private boolean v4;
  private long sourceHigh;
  private long sourceLow;
  private long destinationHigh;
  private long destinationLow;
  private int sourcePort;
  private int destinationPort;
  private int trafficClass;
  private int hops;
  private int length;
  private boolean mayFragment;
  private int identification;

  DatagramHeaders(long mac, long randomSeed) {
    this.mac = mac;
    SplittableRandom random = new SplittableRandom(randomSeed);
    secret = random.nextLong();
    for (int i = 0; i < IDENTIFICATIONS; i++) {
      identifications[i] = random.nextInt();
    }
  }

  /** Starts a datagram of so many bytes of payload. */
  void begin(
      UdpSocket socket,
      long high,
      long low,
      long toHigh,
      long toLow,
      int port,
      int ttl,
      int bytes) {
    v4 = IpAddress.isV4(toHigh, toLow);
    sourceHigh = high;
    sourceLow = low;
    sourcePort = socket.localPort;
    destinationHigh = toHigh;
    destinationLow = toLow;
    destinationPort = port;
    trafficClass = socket.trafficClass();
    hops = ttl;
    length = bytes;
  }

  /** Whether routers may cut what is sent whole: the path's MTU is not known (RFC 1191). */
  void mayFragment(boolean allowed) {
    mayFragment = allowed;
  }

  /** Where the UDP header of a whole datagram begins. */
  int transportStart() {
    return EthernetHeader.LENGTH + (v4 ? Ipv4Header.MIN_LENGTH : IPV6_LENGTH);
  }

  /** Where a fragment's piece begins. */
  int fragmentStart() {
    return transportStart() + (v4 ? 0 : FRAGMENT_HEADER);
  }

  /** Bytes of UDP header and payload in each fragment but the last. */
  int fragmentPayload(boolean ipv4, int mtu) {
    return mtu - (ipv4 ? Ipv4Header.MIN_LENGTH : IPV6_LENGTH + FRAGMENT_HEADER) & ~7;
  }

  /** Chooses the identification of the fragments that follow. */
  void nextIdentification() {
    long key = (sourceLow ^ destinationLow * 31 ^ destinationHigh ^ secret) * 0x9e3779b97f4a7c15L;
    identification = ++identifications[(int) (key >>> 56)];
  }

  /** Headers of a datagram that goes out whole, its checksums left open. */
  void writeWhole(long frame, long destinationMac) {
    writeIp(frame, destinationMac, UdpHeader.LENGTH + length, false);
    if (v4) {
      int flags = mayFragment ? 0 : Ipv4Header.DONT_FRAGMENT;
      // RFC 6864 section 4.1: what cannot be fragmented needs no identification.
      Memory.putShortBE(frame + EthernetHeader.LENGTH + 6, flags);
      if (mayFragment) {
        nextIdentification();
        Ipv4Header.identification(frame + EthernetHeader.LENGTH, identification & 0xffff);
      }
    }
    writeUdp(frame + transportStart(), 0);
  }

  /** Headers of a fragment, IP's checksum included. */
  void writeFragment(long frame, long destinationMac, int offset, int piece, boolean more) {
    writeIp(frame, destinationMac, piece + (v4 ? 0 : FRAGMENT_HEADER), true);
    long ip = frame + EthernetHeader.LENGTH;
    if (v4) {
      Ipv4Header.identification(ip, identification & 0xffff);
      Memory.putShortBE(ip + 6, offset >> 3 | (more ? Ipv4Header.MORE_FRAGMENTS : 0));
      Ipv4Header.writeChecksum(ip);
    } else {
      long fragment = ip + IPV6_LENGTH;
      Memory.putShortBE(fragment, Ipv6Header.NEXT_UDP << 8);
      Memory.putShortBE(fragment + 2, offset | (more ? 1 : 0));
      Memory.putIntBE(fragment + 4, identification);
    }
  }

  private void writeIp(long frame, long destinationMac, int payload, boolean fragment) {
    long ip = frame + EthernetHeader.LENGTH;
    if (v4) {
      EthernetHeader.write(frame, destinationMac, mac, EthernetHeader.TYPE_IPV4);
      Ipv4Header.write(
          ip,
          trafficClass,
          Ipv4Header.MIN_LENGTH + payload,
          0,
          0,
          hops,
          Ipv4Header.PROTOCOL_UDP,
          (int) sourceLow,
          (int) destinationLow);
    } else {
      EthernetHeader.write(frame, destinationMac, mac, EthernetHeader.TYPE_IPV6);
      int next = fragment ? FRAGMENT_NEXT_HEADER : Ipv6Header.NEXT_UDP;
      Ipv6Header.write(ip, trafficClass, 0, payload, next, hops);
      Memory.putLongBE(Ipv6Header.source(ip), sourceHigh);
      Memory.putLongBE(Ipv6Header.source(ip) + 8, sourceLow);
      Memory.putLongBE(Ipv6Header.destination(ip), destinationHigh);
      Memory.putLongBE(Ipv6Header.destination(ip) + 8, destinationLow);
    }
  }

  private void writeUdp(long udp, int checksum) {
    UdpHeader.write(udp, sourcePort, destinationPort, UdpHeader.LENGTH + length, checksum);
  }

  private int pseudoHeader(long ip) {
    int bytes = UdpHeader.LENGTH + length;
    return v4
        ? Checksum.pseudoHeader4(
            (int) sourceLow, (int) destinationLow, Ipv4Header.PROTOCOL_UDP, bytes)
        : Checksum.pseudoHeader6(
            Ipv6Header.source(ip), Ipv6Header.destination(ip), Ipv6Header.NEXT_UDP, bytes);
  }

  /** Prepares the checksum that the device completes. */
  void partialChecksum(long frame) {
    UdpHeader.checksum(frame + transportStart(), pseudoHeader(frame + EthernetHeader.LENGTH));
  }

  /**
   * Writes a UDP header with its checksum, and IPv4's.
   *
   * @param start where in the frame the UDP header begins
   * @param payloadSum the folded sum of the whole payload
   */
  void fullChecksum(long frame, int start, int payloadSum) {
    long ip = frame + EthernetHeader.LENGTH;
    long udp = frame + start;
    writeUdp(udp, 0);
    int sum = Checksum.add(Checksum.add(pseudoHeader(ip), Checksum.sum(udp, 8)), payloadSum);
    int checksum = Checksum.finish(sum);
    // RFC 768: a computed zero is sent as its other representation, zero means "none".
    UdpHeader.checksum(udp, checksum == 0 ? 0xffff : checksum);
    if (v4) {
      Ipv4Header.writeChecksum(ip);
    }
  }
}
