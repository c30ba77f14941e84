package dev.twinpath.nic.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class NetworkDeviceTest {
  @Test
  void anUnknownDeviceIsNamed() {
    assertThatThrownBy(() -> NetworkDevice.find("nobody0"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("nobody0");
    assertThatThrownBy(() -> NetworkDevice.find("a-name-that-is-too-long"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("15 characters");
  }

  @Test
  @RequiresRoot(commands = "ethtool")
  void aDeviceTellsWhatItIs() {
    try (NetworkNamespace left = NetworkNamespace.create();
        NetworkNamespace right = NetworkNamespace.create()) {
      left.connect("veth0", "10.9.0.1/24", right, "veth0", "10.9.0.2/24");
      left.exec("ip", "link", "set", "veth0", "mtu", "4321").check();
      left.exec("ethtool", "-L", "veth0", "rx", "2", "tx", "1").check();
      NetworkDevice device = left.call(() -> NetworkDevice.find("veth0"));
      assertThat(device.index()).isPositive();
      assertThat(device.macAddress()).isEqualTo(left.macAddress("veth0"));
      assertThat(device.mtu()).isEqualTo(4321);
      assertThat(device.up()).isTrue();
      assertThat(device.driver()).isEqualTo("veth");
      assertThat(device.receiveQueues()).isEqualTo(2);
      left.exec("ethtool", "-K", "veth0", "tx-udp-segmentation", "off").check();
      assertThat(left.call(() -> DeviceFeatures.active("veth0")))
          .contains(DeviceFeatures.TSO4, DeviceFeatures.TSO6)
          .doesNotContain(DeviceFeatures.USO);
      assertThat(left.call(() -> DeviceFeatures.active("nobody0"))).isEmpty();
      left.exec("ip", "link", "set", "veth0", "down").check();
      assertThat(left.call(() -> NetworkDevice.find("veth0")).up()).isFalse();
    }
  }
}
