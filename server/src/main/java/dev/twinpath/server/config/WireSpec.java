package dev.twinpath.server.config;

import java.util.Locale;

/**
 * The wire under the user path's NIC, as it is named on the command line.
 *
 * @param kind which wire
 * @param target the TAP's or interface's name or the shared file; empty for the gateway
 */
public record WireSpec(Kind kind, String target) {
  /** The kinds of wire. */
  public enum Kind {
    /** The kernel accepts, and a relay carries the bytes over a memory wire into the stack. */
    GATEWAY,
    /** A memory wire to another process, through a file in /dev/shm. */
    MEMORY,
    /** A TAP device of the kernel. */
    TAP,
    /** An interface of the kernel by packet sockets, or a macvtap by its character device. */
    PACKET,
    /** An interface of the kernel by AF_XDP sockets. */
    XDP
  }

  private static final String FORMS = "gateway, memory:FILE, tap:NAME, packet:IFACE or xdp:IFACE";

  /** The default: needs no privilege. */
  public static final WireSpec GATEWAY = new WireSpec(Kind.GATEWAY, "");

  /**
   * Parses {@code gateway}, {@code memory:FILE}, {@code tap:NAME}, {@code packet:IFACE} or {@code
   * xdp:IFACE}.
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
        return new WireSpec(Kind.TAP, device(need(target, "tap:NAME, such as tap:twin0")));
      case "packet":
        return new WireSpec(Kind.PACKET, device(need(target, "packet:IFACE, such as packet:eth1")));
      case "xdp":
        return new WireSpec(Kind.XDP, device(need(target, "xdp:IFACE, such as xdp:eth1")));
      default:
        throw new IllegalArgumentException("'" + text + "' is not a wire; use " + FORMS);
    }
  }

  private static String device(String name) {
    if (!name.matches("[A-Za-z0-9_.-]{1,15}")) {
      throw new IllegalArgumentException(
          "'" + name + "' cannot name a network device: 1 to 15 letters, digits, '_', '.', '-'");
    }
    return name;
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
