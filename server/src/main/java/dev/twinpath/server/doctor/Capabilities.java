package dev.twinpath.server.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What this process may do beyond an ordinary user (capabilities(7)). */
final class Capabilities {
  static final int NET_ADMIN = 12;
  static final int MKNOD = 27;

  private static final String EFFECTIVE = "CapEff:";

  private final long effective;

  private Capabilities(long effective) {
    this.effective = effective;
  }

  /** Those of this process; none where /proc does not tell, so that trying will. */
  static Capabilities ofThisProcess() {
    try {
      return parse(Files.readAllLines(Path.of("/proc/self/status")));
    } catch (IOException e) {
      return new Capabilities(0);
    }
  }

  static Capabilities parse(List<String> status) {
    for (String line : status) {
      if (line.startsWith(EFFECTIVE)) {
        String bits = line.substring(EFFECTIVE.length()).strip();
        return new Capabilities(Long.parseUnsignedLong(bits, 16));
      }
    }
    return new Capabilities(0);
  }

  boolean has(int capability) {
    return (effective >>> capability & 1) == 1;
  }
}
