package dev.twinpath.nic.flow;

/**
 * Which packets' ports the receive hash covers, as {@code ethtool -N DEV rx-flow-hash} has it
 * ("sdfn" or "sd"). Without them, and for fragments and other protocols always, it covers the
 * addresses alone: all fragments of a datagram have those, and only its first has ports.
 *
 * @param tcp4 ports of TCP over IPv4
 * @param udp4 ports of UDP over IPv4
 * @param tcp6 ports of TCP over IPv6
 * @param udp6 ports of UDP over IPv6
 */
public record HashFields(boolean tcp4, boolean udp4, boolean tcp6, boolean udp6) {
  /** Ports wherever there are ports. */
  public static final HashFields PORTS = new HashFields(true, true, true, true);

  /** Addresses alone. */
  public static final HashFields ADDRESSES = new HashFields(false, false, false, false);
}
