package dev.twinpath.nic.wire;

import dev.twinpath.nic.wire.xdp.XdpConfig;
import dev.twinpath.nic.wire.xdp.XdpSteering;
import dev.twinpath.nic.wire.xdp.XdpWire;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;

/**
 * Both ends of a veth pair as AF_XDP wires. A receiver without a free chunk loses frames, as on any
 * line, so that the receive ring is as large as the contract's longest burst.
 */
@RequiresRoot
class XdpWireContractTest extends WireContract {
  private NetworkNamespace left;
  private NetworkNamespace right;

  @Override
  Wire[] ends() {
    left = NetworkNamespace.create();
    right = NetworkNamespace.create();
    left.connect("veth0", "10.9.0.2/24", right, "veth0", "10.9.0.1/24");
    return new Wire[] {open(left), open(right)};
  }

  private static Wire open(NetworkNamespace namespace) {
    XdpConfig config = XdpConfig.defaults(1).withChunks(8192, 64, 2048);
    return namespace.call(() -> XdpWire.open("veth0", config, XdpSteering.everything()));
  }

  @Override
  void cleanUp() {
    left.close();
    right.close();
  }
}
