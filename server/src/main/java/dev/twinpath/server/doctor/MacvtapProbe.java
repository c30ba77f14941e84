package dev.twinpath.server.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Which interfaces are macvtaps, and whether their character devices can be opened. */
final class MacvtapProbe {
  private static final String SUBJECT = "wire packet:MACVTAP";

  private MacvtapProbe() {}

  static Finding run(List<Interface> interfaces, boolean mayMake) {
    return judge(
        interfaces.stream().filter(Interface::isMacvtap).toList(), mayMake, Path.of("/dev"));
  }

  static Finding judge(List<Interface> macvtaps, boolean mayMake, Path dev) {
    if (macvtaps.isEmpty()) {
      return Finding.unusable(
          SUBJECT,
          "there is no macvtap here; on a real NIC: ip link add link IFACE name macvtap0 type"
              + " macvtap mode bridge && ip link set macvtap0 up");
    }
    List<String> details =
        macvtaps.stream().map(m -> m.name() + ": " + access(m, mayMake, dev)).toList();
    boolean any = macvtaps.stream().anyMatch(m -> isOpen(m, mayMake, dev));
    return any
        ? Finding.usable(SUBJECT, "the real NIC cuts and sums for the stack").with(details)
        : Finding.unusable(SUBJECT, "its character device cannot be opened by this user")
            .with(details);
  }

  private static boolean isOpen(Interface macvtap, boolean mayMake, Path dev) {
    Path node = node(macvtap, dev);
    return macvtap.up() && (mayMake || Files.isReadable(node) && Files.isWritable(node));
  }

  private static String access(Interface macvtap, boolean mayMake, Path dev) {
    Path node = node(macvtap, dev);
    if (!macvtap.up()) {
      return "is down; try: ip link set " + macvtap.name() + " up";
    }
    return isOpen(macvtap, mayMake, dev)
        ? "can be opened"
        : "as root: chown $USER " + node + ", which the kernel made for it";
  }

  private static Path node(Interface macvtap, Path dev) {
    return dev.resolve("tap" + macvtap.index());
  }
}
