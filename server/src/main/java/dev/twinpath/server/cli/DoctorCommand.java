package dev.twinpath.server.cli;

import dev.twinpath.sendfile.KernelTransport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code twinpath doctor}. */
@Command(
    name = "doctor",
    description = "What this machine can do for each path and wire, and why not.")
final class DoctorCommand implements Callable<Integer> {
  private static final Path TUN = Path.of("/dev/net/tun");
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final int CAP_NET_ADMIN = 12;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (String line : new VersionProvider().getVersion()) {
      out.println(line);
    }
    out.println(Runtime.getRuntime().availableProcessors() + " processors");
    out.println();
    out.println("Path sendfile, the kernel's TCP:");
    for (KernelTransport transport : KernelTransport.values()) {
      line(
          out,
          "transport " + transport.label(),
          transport.unavailabilityCause(),
          "files leave by " + transport.fileMode());
    }
    out.println();
    out.println("Path userstack, the stack of this program:");
    line(out, "wire gateway", Optional.empty(), "needs nothing; copies");
    line(out, "wire memory:FILE", memory(), "files in " + SHARED_MEMORY);
    line(out, "wire tap:NAME", tap(), "the stack gets an address of its own");
    line(out, "wire packet:IFACE", Optional.of("not in this version"), "");
    line(out, "wire xdp:IFACE", Optional.of("not in this version"), "");
    return 0;
  }

  private static void line(PrintWriter out, String what, Optional<String> cause, String note) {
    String verdict = cause.isPresent() ? "no   " + cause.get() : "yes  " + note;
    out.printf("  %-20s %s%n", what, verdict);
  }

  private static Optional<String> memory() {
    return Files.isWritable(SHARED_MEMORY)
        ? Optional.empty()
        : Optional.of(SHARED_MEMORY + " is not writable by this user");
  }

  private static Optional<String> tap() {
    if (!Files.exists(TUN)) {
      return Optional.of(TUN + " is missing; try: modprobe tun");
    }
    if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
      return Optional.of(TUN + " cannot be opened by this user");
    }
    return hasCapability(CAP_NET_ADMIN)
        ? Optional.empty()
        : Optional.of(
            "CAP_NET_ADMIN is missing; only a TAP that was made for this user can be attached:"
                + " ip tuntap add dev NAME mode tap multi_queue vnet_hdr user $USER");
  }

  private static boolean hasCapability(int capability) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("CapEff:")) {
          long effective = Long.parseUnsignedLong(line.substring(7).strip(), 16);
          return (effective >>> capability & 1) == 1;
        }
      }
    } catch (IOException e) {
      // Without /proc nothing is known; trying will tell.
    }
    return false;
  }
}
