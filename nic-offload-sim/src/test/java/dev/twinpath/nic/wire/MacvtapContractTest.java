package dev.twinpath.nic.wire;

import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;

/** Two macvtaps in bridge mode on one veth: what one sends to the other's address arrives there. */
@RequiresRoot
class MacvtapContractTest extends WireContract {
  private VethPair pair;

  @Override
  Wire[] ends() {
    pair = new VethPair();
    try (NamespaceSysfs sysfs = new NamespaceSysfs(pair.left())) {
      return new Wire[] {
        macvtap("left0", Packets.OUR_MAC, sysfs), macvtap("right0", Packets.PEER_MAC, sysfs),
      };
    }
  }

  private Wire macvtap(String name, long mac, NamespaceSysfs sysfs) {
    Macvtaps.add(pair.left(), VethPair.LEFT, name, mac);
    return pair.left().call(() -> Macvtap.open(name, 1, true, sysfs.path()));
  }

  @Override
  void cleanUp() {
    pair.close();
  }
}
