package dev.twinpath.userstack.ip;

import dev.twinpath.nic.packet.Ipv4Header;

/**
 * Gives the errors that ICMP and ICMPv6 report to the transport whose packet they quote. The one
 * {@link IcmpError} of the shard lives here.
 */
final class IcmpErrors {
  final IcmpError error = new IcmpError();
  private final TransportReceiver transport;
  private DatagramReceiver datagrams = DatagramReceiver.NOBODY;

  IcmpErrors(TransportReceiver transport) {
    this.transport = transport;
  }

  void datagrams(DatagramReceiver receiver) {
    datagrams = receiver;
  }

  /** {@link #error} is filled. */
  void deliver() {
    if (error.protocol == Ipv4Header.PROTOCOL_TCP) {
      transport.onError(error);
    } else if (error.protocol == Ipv4Header.PROTOCOL_UDP) {
      datagrams.onError(error);
    }
  }
}
