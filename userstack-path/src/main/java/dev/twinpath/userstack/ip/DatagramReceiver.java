package dev.twinpath.userstack.ip;

/**
 * UDP above IPv4 and IPv6. Addresses are two longs as in {@link IpAddress}. Shard's thread; nothing
 * of a packet may be kept after the call.
 */
public interface DatagramReceiver {
  /** Nobody listens: every datagram is refused. */
  DatagramReceiver NOBODY = (ip, udp, length, sh, sl, dh, dl, unicast) -> false;

  /**
   * A datagram came, whole or put together again, its IP header checked and its checksum verified.
   * A checksum of 0 is let through with IPv4 alone (RFC 8200 section 8.1).
   *
   * @param ip address of the IPv4 or IPv6 header; traffic class and hop limit are there
   * @param udp address of the UDP header
   * @param length bytes of UDP header and payload: what the UDP header says, at least 8
   * @param unicast whether it was sent to one address of ours, not to a broadcast or a group
   * @return whether somebody took it; if not, port unreachable is sent where that is allowed (RFC
   *     1122 section 4.1.3.1, RFC 4443 section 3.1)
   */
  boolean onDatagram(
      long ip,
      long udp,
      int length,
      long sourceHigh,
      long sourceLow,
      long destinationHigh,
      long destinationLow,
      boolean unicast);

  /** An ICMP or ICMPv6 error quotes a datagram that may be ours; valid during the call. */
  default void onError(IcmpError error) {}
}
