package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.nic.device.TestHost;
import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.Packets;
import dev.twinpath.testsupport.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a macvtap's character device is found; what it carries is in the contract. */
@RequiresRoot
class MacvtapTest {
  private static final String NAME = "mt0";
  private static final long OTHER_MAC = 0x02_00_00_00_00_77L;

  private VethPair pair;

  @BeforeEach
  void lay() {
    pair = new VethPair();
    Macvtaps.add(pair.left(), VethPair.LEFT, NAME, Packets.OUR_MAC);
  }

  @AfterEach
  void remove() {
    pair.close();
  }

  private static TapWire open(NetworkNamespace namespace, int queues) {
    try (NamespaceSysfs sysfs = new NamespaceSysfs(namespace)) {
      return namespace.call(() -> Macvtap.open(NAME, queues, true, sysfs.path()));
    }
  }

  @Test
  void theNicTakesTheInterfacesAddressAndMtu() {
    pair.left().exec("ip", "link", "set", NAME, "mtu", "1400").check();
    try (TapWire wire = open(pair.left(), 2)) {
      assertThat(wire.macAddress()).isEqualTo(Packets.OUR_MAC);
      assertThat(wire.mtu()).isEqualTo(1400);
      assertThat(wire.queues()).isEqualTo(2);
      assertThat(wire.capabilities().tso6()).isTrue();
      assertThat(wire.capabilities().udpSegmentation()).isTrue();
    }
  }

  /** Both interfaces have the same index in their namespaces, and so one name under /dev. */
  @Test
  void interfacesOfTheSameIndexAreToldApart() {
    try (VethPair other = new VethPair()) {
      Macvtaps.add(other.left(), VethPair.LEFT, NAME, OTHER_MAC);
      NetworkDevice first = pair.left().call(() -> NetworkDevice.find(NAME));
      NetworkDevice second = other.left().call(() -> NetworkDevice.find(NAME));
      assertThat(first.index()).isEqualTo(second.index());
      try (TapWire one = open(pair.left(), 1);
          TapWire two = open(other.left(), 1)) {
        assertThat(one.macAddress()).isEqualTo(Packets.OUR_MAC);
        assertThat(two.macAddress()).isEqualTo(OTHER_MAC);
        crosses(pair, one);
        crosses(other, two);
      }
    }
  }

  /** What goes out of the macvtap comes out of the veth's other end. */
  private static void crosses(VethPair pair, TapWire macvtap) {
    try (PacketSocketWire far = pair.right().call(() -> PacketSocketWire.open(VethPair.RIGHT, 1));
        RawEnd from = new RawEnd(macvtap);
        RawEnd to = new RawEnd(far);
        TestHost host = new TestHost(Packets.OUR_MAC, macvtap)) {
      new OffloadChecks(host, to).tcpArrives(true, 30_000, 1448);
      assertThat(from.queue().armInterrupt()).isTrue();
    }
  }

  @Test
  void anInterfaceThatIsDeletedFallsSilent() {
    try (TapWire wire = open(pair.left(), 1);
        RawEnd end = new RawEnd(wire);
        TestHost host = new TestHost(Packets.OUR_MAC, wire)) {
      pair.left().exec("ip", "link", "delete", NAME).check();
      host.send(new byte[60]);
      host.poll();
      assertThat(host.completed).hasSize(1);
      assertThat(end.queue().armInterrupt()).isTrue();
      assertThat(end.isWokenWithin(50)).as("sleeps").isFalse();
    }
  }

  @Test
  void aMacvtapIsTakenByItsDeviceAndOthersAreNot() {
    try (NamespaceSysfs sysfs = new NamespaceSysfs(pair.left())) {
      assertThat(isMacvtap(NAME, sysfs.path())).isTrue();
      assertThat(isMacvtap(VethPair.LEFT, sysfs.path())).isFalse();
      pair.left()
          .exec("ip", "link", "add", "link", VethPair.LEFT, "name", "mv0", "type", "macvlan")
          .check();
      assertThat(isMacvtap("mv0", sysfs.path())).isFalse();
      assertThatThrownBy(
              () -> pair.left().call(() -> Macvtap.open("mv0", 1, true, sysfs.path())).close())
          .rootCause()
          .hasMessageContaining("mv0 is not a macvtap");
    }
  }

  private boolean isMacvtap(String name, Path sysfs) {
    return pair.left().call(() -> Macvtap.isMacvtap(NetworkDevice.find(name), sysfs));
  }

  /** This process's own /sys is that of the main namespace, which has no such interface. */
  @Test
  void aSysfsOfAnotherNamespaceIsNoticed() {
    assertThatThrownBy(() -> pair.left().call(() -> Macvtap.open(NAME, 1, true)).close())
        .rootCause()
        .hasMessageContaining("another network namespace")
        .hasMessageContaining("ip netns exec");
  }
}
