package dev.twinpath.userstack.ip;

/** TCP above IPv4 and IPv6. */
public interface TransportReceiver {
  /**
   * A TCP segment came, its IP header checked and its checksum verified.
   *
   * @param ip address of the IPv4 or IPv6 header
   * @param tcp address of the TCP header
   * @param length bytes from the TCP header on
   * @param tag the NIC's flow tag, -1 = unknown
   */
  void onSegment(long ip, long tcp, int length, int tag);

  /**
   * An ICMP or ICMPv6 error quotes a segment that may be ours; at least 8 bytes of its TCP header
   * are there. Valid during the call.
   */
  void onError(IcmpError error);
}
