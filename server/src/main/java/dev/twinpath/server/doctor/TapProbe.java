package dev.twinpath.server.doctor;

import dev.twinpath.nic.wire.TapFeatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Whether a TAP could be made or attached. Makes none. */
final class TapProbe {
  private static final String SUBJECT = "wire tap:NAME";
  private static final Path TUN = Path.of("/dev/net/tun");

  private TapProbe() {}

  static Finding run(Capabilities capabilities) {
    if (!Files.exists(TUN)) {
      return Finding.unusable(SUBJECT, TUN + " is missing; try: modprobe tun");
    }
    TapFeatures features;
    try {
      features = TapFeatures.ofThisKernel();
    } catch (IOException e) {
      return Finding.unusable(SUBJECT, e.getMessage());
    }
    return judge(capabilities.has(Capabilities.NET_ADMIN), features);
  }

  static Finding judge(boolean mayMake, TapFeatures features) {
    List<String> details =
        List.of(
            "multi-queue "
                + yes(features.multiQueue())
                + ", virtio-net header "
                + yes(features.virtioHeader())
                + ", uncut UDP "
                + (features.udpSegmentation() ? "yes" : "no (Linux 6.2 has it)"));
    if (!features.virtioHeader()) {
      return Finding.unusable(SUBJECT, "this kernel's TAP has no virtio-net header").with(details);
    }
    return mayMake
        ? Finding.usable(SUBJECT, "the stack gets an address of its own").with(details)
        : Finding.unusable(
                SUBJECT,
                "CAP_NET_ADMIN is missing; only a TAP that was made for this user can be attached:"
                    + " ip tuntap add dev NAME mode tap multi_queue vnet_hdr user $USER")
            .with(details);
  }

  private static String yes(boolean there) {
    return there ? "yes" : "no";
  }
}
