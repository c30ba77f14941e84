package dev.twinpath.server.path;

import java.util.Locale;
import java.util.Optional;

/**
 * The two ways by which bytes leave this server. The label is what users type and dashboards show.
 */
public enum DataPath {
  /** The kernel's TCP, with zero-copy file writes. */
  SENDFILE("sendfile"),
  /** The embedded user-level TCP/IP stack over the simulated offload NIC. */
  USERSTACK("userstack");

  private final String label;

  DataPath(String label) {
    this.label = label;
  }

  /** The name on the command line, in JSON, and in the metric label {@code path}. */
  public String label() {
    return label;
  }

  /** The other path. */
  public DataPath other() {
    return this == SENDFILE ? USERSTACK : SENDFILE;
  }

  /** Finds a path by its label, ignoring case; empty when there is none of that name. */
  public static Optional<DataPath> parse(String name) {
    String wanted = name.strip().toLowerCase(Locale.ROOT);
    for (DataPath path : values()) {
      if (path.label.equals(wanted)) {
        return Optional.of(path);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return label;
  }
}
