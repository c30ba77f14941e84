package dev.twinpath.userstack.ip;

/** The transport protocol above {@link Ipv4Input}. */
public interface TransportReceiver {
  /**
   * A TCP segment came, its IPv4 header checked and its checksum verified.
   *
   * @param ip address of the IPv4 header
   * @param tcp address of the TCP header
   * @param length bytes from the TCP header on
   * @param tag the NIC's flow tag, -1 = unknown
   */
  void onSegment(long ip, long tcp, int length, int tag);

  /**
   * An ICMP destination-unreachable message quotes a segment that may be ours.
   *
   * @param code its code
   * @param mtu the next hop's MTU for code 4
   * @param quotedIp address of the quoted IPv4 header; at least 8 bytes of TCP header follow it
   */
  void onUnreachable(int code, int mtu, long quotedIp);
}
