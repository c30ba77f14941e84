package dev.twinpath.sendfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The kernel transport that a server uses, and why.
 *
 * @param transport the chosen transport; {@link KernelTransport#available()} is true for it
 * @param reason one line for the log and the metric {@code twinpath_kernel_transport_info}
 */
public record TransportChoice(KernelTransport transport, String reason) {
  /** The names that {@link #of} understands, in the order in which {@code auto} tries them. */
  public static final List<String> NAMES = List.of("auto", "epoll", "io_uring", "nio");

  /**
   * Epoll first: its sendfile runs on the event loop itself, where each splice of io_uring is
   * handed to a kernel worker thread, at about three times the CPU for each byte.
   */
  private static final List<KernelTransport> PREFERENCE =
      List.of(KernelTransport.EPOLL, KernelTransport.IO_URING, KernelTransport.NIO);

  /**
   * Chooses by name. {@code auto} takes the first of epoll, io_uring and NIO that works here; a
   * name asks for that one only.
   *
   * @throws IllegalArgumentException if the name is unknown, or the transport named cannot be used
   *     on this machine; the message says why and what else could be chosen
   */
  public static TransportChoice of(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    if (wanted.equals("auto")) {
      return auto();
    }
    for (KernelTransport transport : KernelTransport.values()) {
      if (transport.label().equals(wanted)) {
        String cause = transport.unavailabilityCause().orElse("");
        if (!cause.isEmpty()) {
          throw new IllegalArgumentException(
              "transport " + wanted + " cannot be used here: " + cause + "; try --transport auto");
        }
        return new TransportChoice(transport, "asked for");
      }
    }
    throw new IllegalArgumentException(
        "unknown transport '" + name + "'; use one of " + String.join(", ", NAMES));
  }

  private static TransportChoice auto() {
    List<String> refused = new ArrayList<>();
    for (KernelTransport transport : PREFERENCE) {
      String cause = transport.unavailabilityCause().orElse("");
      if (cause.isEmpty()) {
        String reason =
            refused.isEmpty() ? "first choice, and it works" : String.join("; ", refused);
        return new TransportChoice(transport, reason);
      }
      refused.add("no " + transport.label() + ": " + cause);
    }
    throw new IllegalStateException("not even NIO works: " + refused);
  }
}
