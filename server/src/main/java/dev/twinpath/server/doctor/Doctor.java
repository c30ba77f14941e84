package dev.twinpath.server.doctor;

import dev.twinpath.nic.wire.xdp.XdpWire;
import dev.twinpath.sendfile.KernelTransport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What this machine can do for each path and wire, and why not. Everything is tried for real as far
 * as that leaves no trace: sockets, devices and programs are opened and closed again, and no
 * interface is made, bound or changed.
 */
public final class Doctor {
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");

  private Doctor() {}

  /** The transports of the kernel's path. */
  public static List<Finding> sendfile() {
    List<Finding> findings = new ArrayList<>();
    for (KernelTransport transport : KernelTransport.values()) {
      findings.add(
          finding(
              "transport " + transport.label(),
              transport.unavailabilityCause(),
              "files leave by " + transport.fileMode()));
    }
    return findings;
  }

  /** The wires of the user path. */
  public static List<Finding> userstack() {
    Capabilities capabilities = Capabilities.ofThisProcess();
    List<Interface> interfaces = Interface.all();
    boolean mayMakeNodes = capabilities.has(Capabilities.MKNOD);
    return List.of(
        Finding.usable("wire gateway", "needs nothing; copies"),
        memory(SHARED_MEMORY),
        TapProbe.run(capabilities),
        PacketProbe.run(interfaces),
        MacvtapProbe.run(interfaces, mayMakeNodes),
        finding(
            "wire xdp:IFACE",
            XdpWire.unavailability(),
            "the same interfaces, steered by a program in the kernel"));
  }

  static Finding memory(Path folder) {
    String subject = "wire memory:FILE";
    return Files.isWritable(folder)
        ? Finding.usable(subject, "files in " + folder)
        : Finding.unusable(subject, folder + " is not writable by this user");
  }

  private static Finding finding(String subject, Optional<String> why, String note) {
    return why.map(cause -> Finding.unusable(subject, cause))
        .orElseGet(() -> Finding.usable(subject, note));
  }
}
