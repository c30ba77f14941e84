package dev.twinpath.server.config;

import java.util.Locale;

/**
 * The wire under the user path's NIC, as it is named on the command line.
 *
 * @param kind which wire
 * @param target the TAP's name or the shared file; empty for the gateway
 */
public record WireSpec(Kind kind, String target) {
  /** The kinds of wire. */
  public enum Kind {
    /** The kernel accepts, and a relay carries the bytes over a memory wire into the stack. */
    GATEWAY,
    /** A memory wire to another process, through a file in /dev/shm. */
    MEMORY,
    /** A TAP device of the kernel. */
    TAP
  }

  /** The default: needs no privilege. */
  public static final WireSpec GATEWAY = new WireSpec(Kind.GATEWAY, "");

  /**
   * Parses {@code gateway}, {@code memory:FILE} or {@code tap:NAME}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  public static WireSpec parse(String text) {
    int colon = text.indexOf(':');
    String kind = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
    String target = colon < 0 ? "" : text.substring(colon + 1);
    switch (kind) {
      case "gateway":
        if (colon >= 0) {
          throw new IllegalArgumentException("the wire 'gateway' takes nothing after it");
        }
        return GATEWAY;
      case "memory":
        return new WireSpec(Kind.MEMORY, need(target, "memory:FILE, such as memory:/dev/shm/wire"));
      case "tap":
        String name = need(target, "tap:NAME, such as tap:twin0");
        if (!name.matches("[A-Za-z0-9_.-]{1,15}")) {
          throw new IllegalArgumentException(
              "'"
                  + name
                  + "' cannot name a network device: 1 to 15 letters, digits, '_', '.', '-'");
        }
        return new WireSpec(Kind.TAP, name);
      case "packet":
      case "xdp":
        throw new IllegalArgumentException(
            "the wire '" + kind + "' is not in this version; use gateway, memory:FILE or tap:NAME");
      default:
        throw new IllegalArgumentException(
            "'" + text + "' is not a wire; use gateway, memory:FILE or tap:NAME");
    }
  }

  private static String need(String target, String form) {
    if (target.isEmpty()) {
      throw new IllegalArgumentException("the wire must be given as " + form);
    }
    return target;
  }

  @Override
  public String toString() {
    String name = kind.name().toLowerCase(Locale.ROOT);
    return target.isEmpty() ? name : name + ":" + target;
  }
}
