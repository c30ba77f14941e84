package dev.twinpath.nic.wire;

import dev.twinpath.testsupport.RequiresRoot;

/** Packet sockets on both ends of a veth pair. */
@RequiresRoot
class PacketSocketWireContractTest extends WireContract {
  private VethPair pair;

  @Override
  Wire[] ends() {
    pair = new VethPair();
    return new Wire[] {
      pair.left().call(() -> PacketSocketWire.open(VethPair.LEFT, 1)),
      pair.right().call(() -> PacketSocketWire.open(VethPair.RIGHT, 1)),
    };
  }

  @Override
  void cleanUp() {
    pair.close();
  }
}
