package dev.twinpath.nic.wire;

import java.io.IOException;

/** The wire that an interface of the kernel offers best. */
public final class InterfaceWires {
  private InterfaceWires() {}

  /**
   * Opens an interface of the calling thread's network namespace: a macvtap by its character
   * device, any other Ethernet by packet sockets.
   *
   * @param queues 1 to 256
   * @param macAddress of the NIC, where the wire demands none: {@link Wire#macAddress}
   * @throws IOException when it cannot be used, with the reason
   */
  public static Wire open(String name, int queues, long macAddress) throws IOException {
    return Macvtap.isMacvtap(name)
        ? Macvtap.open(name, queues, true)
        : PacketSocketWire.open(name, queues, macAddress);
  }
}
