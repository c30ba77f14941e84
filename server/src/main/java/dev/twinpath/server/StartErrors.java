package dev.twinpath.server;

import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.config.WireSpec;
import java.net.InetSocketAddress;
import java.util.Locale;

/** Turns what the system says at the start into one line that says what to do. */
final class StartErrors {
  private static final int FIRST_UNPRIVILEGED_PORT = 1024;

  private StartErrors() {}

  /** Why a listener could not be bound. */
  static String listen(String name, InetSocketAddress address, String option, Throwable cause) {
    String where = Addresses.text(address);
    String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    if (said.contains("in use")) {
      return name
          + ": "
          + where
          + " is in use by another process; choose another port with "
          + option
          + " PORT (0 takes any free one)";
    }
    if (said.contains("permission denied")) {
      String ports =
          address.getPort() < FIRST_UNPRIVILEGED_PORT ? "ports below 1024 need root; " : "";
      return name
          + ": no permission to listen on "
          + where
          + "; "
          + ports
          + "choose another port with "
          + option
          + " PORT";
    }
    if (said.contains("assign requested address")) {
      return name + ": " + where + " is not an address of this machine; see --bind";
    }
    return name + ": cannot listen on " + where + ": " + cause.getMessage();
  }

  /** Why a wire could not be opened. */
  static String wire(WireSpec wire, Throwable cause) {
    return "the wire "
        + wire
        + " cannot be used: "
        + cause.getMessage()
        + "; 'twinpath doctor' shows what can";
  }
}
