package dev.twinpath.nic.wire;

import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import org.junit.jupiter.api.Nested;

/** Two TAPs that the kernel joins by a bridge: what one sends the other receives. */
@RequiresRoot
class TapWireContractTest {
  private abstract static class OverBridge extends WireContract {
    private NetworkNamespace namespace;

    /** Whether the TAPs take uncut frames. */
    abstract boolean offloads();

    @Override
    Wire[] ends() {
      namespace = NetworkNamespace.create();
      namespace
          .exec("ip", "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
          .check();
      namespace.exec("ip", "link", "set", "bridge0", "up").check();
      return new Wire[] {port("tap0"), port("tap1")};
    }

    private Wire port(String name) {
      Wire tap = namespace.openTap(name, 1, offloads());
      namespace.exec("ip", "link", "set", name, "master", "bridge0").check();
      return tap;
    }

    @Override
    void cleanUp() {
      namespace.close();
    }
  }

  @Nested
  @RequiresRoot
  class WithOffloads extends OverBridge {
    @Override
    boolean offloads() {
      return true;
    }
  }

  @Nested
  @RequiresRoot
  class WithoutOffloads extends OverBridge {
    @Override
    boolean offloads() {
      return false;
    }

    /** 420 frames, where a TAP's queue in the kernel holds 1000. */
    @Override
    int packetsAtOnce() {
      return 10;
    }
  }
}
