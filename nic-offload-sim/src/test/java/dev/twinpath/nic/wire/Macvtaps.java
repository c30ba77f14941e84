package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.EthernetHeader;
import dev.twinpath.testsupport.NetworkNamespace;

/** Makes macvtap interfaces for tests. */
final class Macvtaps {
  private Macvtaps() {}

  /** One in bridge mode on another interface, up. */
  static void add(NetworkNamespace namespace, String on, String name, long mac) {
    String address = EthernetHeader.format(mac);
    namespace
        .shell(
            "ip link add link "
                + on
                + " name "
                + name
                + " address "
                + address
                + " type macvtap mode bridge && ip link set "
                + name
                + " up")
        .check();
  }
}
