package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.DeviceNode;
import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.linux.NetworkDevice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A macvtap interface: an address of its own on a real NIC, whose frames a character device gives
 * and takes as a TAP's does ({@link TapWire}). The real NIC cuts and sums what goes out.
 *
 * <p>Sysfs tells the character device; the kernel names its node {@code /dev/tapN} by the
 * interface's index, which interfaces of several namespaces may share, so that the node's numbers
 * count and not its name.
 */
public final class Macvtap {
  private static final Path SYSFS = Path.of("/sys");
  private static final Path DEV = Path.of("/dev");

  private Macvtap() {}

  /** Whether an interface of the calling thread's network namespace is a macvtap. */
  public static boolean isMacvtap(String name) throws IOException {
    return isMacvtap(NetworkDevice.find(name), SYSFS);
  }

  static boolean isMacvtap(NetworkDevice device, Path sysfs) throws IOException {
    // The driver of both macvlan and macvtap tells this name, and sees to it that we ask sysfs
    // only where its answer matters.
    return device.driver().equals("macvlan") && characterDevice(device, sysfs).isPresent();
  }

  /**
   * Opens a macvtap interface of the calling thread's network namespace.
   *
   * @param queues 1 to 256; the kernel gives each flow to one of them by its hash
   * @param offloads whether uncut frames and partial checksums cross
   * @throws IOException when it cannot be used, with the reason
   */
  public static TapWire open(String name, int queues, boolean offloads) throws IOException {
    return open(name, queues, offloads, SYSFS);
  }

  /** The same with another place where the namespace's sysfs is mounted. */
  static TapWire open(String name, int queues, boolean offloads, Path sysfs) throws IOException {
    if (queues < 1 || queues > 256) {
      throw new IOException("a macvtap has 1 to 256 queues, not " + queues);
    }
    NetworkDevice device = NetworkDevice.find(name);
    Path character =
        characterDevice(device, sysfs)
            .orElseThrow(() -> new IOException(name + " is not a macvtap interface"));
    DeviceNode node = DeviceNode.parse(Files.readString(character.resolve("dev")));
    int[] descriptors = new int[queues];
    int opened = 0;
    boolean udpSegmentation = offloads;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(TapDescriptor.IFREQ_LENGTH, 8);
      while (opened < queues) {
        int fd = openNode(node, DEV.resolve(String.valueOf(character.getFileName())));
        descriptors[opened++] = fd;
        checkAttached(fd, request, name, queues > 1);
        udpSegmentation &= TapWire.configure(fd, name, offloads);
      }
      TapWire wire =
          new TapWire(
              name, descriptors, offloads, udpSegmentation, device.mtu(), device.macAddress());
      opened = 0;
      return wire;
    } finally {
      for (int i = 0; i < opened; i++) {
        Linux.close(descriptors[i]);
      }
    }
  }

  /** Where sysfs has the interface's character device: {@code class/net/NAME/tapN}. */
  private static Optional<Path> characterDevice(NetworkDevice device, Path sysfs)
      throws IOException {
    Path folder = sysfs.resolve("class/net").resolve(device.name());
    if (!isThatDevice(folder, device)) {
      throw new IOException(
          sysfs
              + " shows another network namespace than the one of "
              + device.name()
              + "; start under 'ip netns exec NAME', which mounts it anew");
    }
    try (DirectoryStream<Path> taps = Files.newDirectoryStream(folder, "tap[0-9]*")) {
      for (Path tap : taps) {
        return Optional.of(tap);
      }
    }
    return Optional.empty();
  }

  private static boolean isThatDevice(Path folder, NetworkDevice device) {
    try {
      String index = Files.readString(folder.resolve("ifindex")).strip();
      String mac = Files.readString(folder.resolve("address")).strip().replace(":", "");
      return index.equals(Integer.toString(device.index()))
          && Long.parseLong(mac, 16) == device.macAddress();
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  private static int openNode(DeviceNode node, Path usual) throws IOException {
    if (!node.isAt(usual)) {
      // Its name is another namespace's, or there is no devtmpfs, as in a container.
      try {
        return node.openPrivately(TapDescriptor.OPEN_FLAGS);
      } catch (IOException e) {
        throw new IOException(
            e.getMessage()
                + "; "
                + usual
                + " is missing or another device. As root: mknod "
                + usual
                + " c "
                + node.major()
                + ' '
                + node.minor(),
            e);
      }
    }
    int fd = Linux.open(usual.toString(), TapDescriptor.OPEN_FLAGS, 0);
    if (fd < 0) {
      throw new IOException(
          "cannot open "
              + usual
              + ": "
              + Errno.describe(-fd)
              + (fd == -Errno.EACCES ? "; as root: chown $USER " + usual : ""));
    }
    return fd;
  }

  private static void checkAttached(int fd, MemorySegment request, String name, boolean multiQueue)
      throws IOException {
    int status = TapDescriptor.attachedTo(fd, request.address());
    if (status >= 0 && !request.getString(0).equals(name)) {
      throw new IOException(
          "the character device of " + name + " belongs to " + request.getString(0));
    }
    if (status >= 0) {
      status = TapDescriptor.attach(fd, request.address(), multiQueue);
    }
    if (status < 0) {
      throw new IOException(
          "cannot attach to the macvtap " + name + ": " + Errno.describe(-status));
    }
  }
}
