package dev.twinpath.server.doctor;

import dev.twinpath.nic.linux.DeviceFeatures;
import dev.twinpath.nic.linux.NetworkDevice;
import dev.twinpath.nic.wire.Macvtap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A network interface of this namespace, as far as a wire's choice needs it.
 *
 * @param name its name
 * @param index its number
 * @param up whether it is up
 * @param isEthernet whether its frames have Ethernet headers
 * @param isMacvtap whether a character device gives its frames
 * @param driver the driver's name; empty where it does not tell
 * @param mtu the longest IP packet
 * @param receiveQueues 0 where the driver does not tell
 * @param features what it does for its host, by ethtool's names
 */
record Interface(
    String name,
    int index,
    boolean up,
    boolean isEthernet,
    boolean isMacvtap,
    String driver,
    int mtu,
    int receiveQueues,
    Set<String> features) {
  private static final Path DEVICES = Path.of("/proc/thread-self/net/dev");

  /** All of them, in the kernel's order; those that vanish meanwhile are left out. */
  static List<Interface> all() {
    List<Interface> found = new ArrayList<>();
    for (String name : names()) {
      try {
        found.add(find(name));
      } catch (IOException gone) {
        continue;
      }
    }
    return found;
  }

  /** Two lines of headings, then a line for each, which begins with its name and a colon. */
  private static List<String> names() {
    try {
      return Files.readAllLines(DEVICES).stream()
          .skip(2)
          .map(line -> line.substring(0, line.indexOf(':')).strip())
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static Interface find(String name) throws IOException {
    NetworkDevice device = NetworkDevice.find(name);
    return new Interface(
        name,
        device.index(),
        device.up(),
        device.ethernet(),
        isMacvtap(name),
        device.driver(),
        device.mtu(),
        device.receiveQueues(),
        DeviceFeatures.active(name));
  }

  private static boolean isMacvtap(String name) {
    try {
      return Macvtap.isMacvtap(name);
    } catch (IOException unknown) {
      return false;
    }
  }

  /** Whether a wire could hang on it now. */
  boolean isUsable() {
    return up && isEthernet;
  }

  /** One line about it. */
  String describe() {
    if (!isEthernet) {
      return name + ": no Ethernet";
    }
    String kind = driver.isEmpty() ? "unknown driver" : driver;
    return name
        + ": "
        + kind
        + (up ? "" : ", down")
        + ", MTU "
        + mtu
        + (receiveQueues > 0 ? ", receive queues " + receiveQueues : "")
        + ", cuts TCP "
        + where(DeviceFeatures.TSO4)
        + ", UDP "
        + where(DeviceFeatures.USO);
  }

  private String where(String feature) {
    return features.contains(feature) ? "itself" : "in software";
  }
}
