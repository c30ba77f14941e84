package dev.twinpath.server.path;

import dev.twinpath.nic.wire.CaptureWire;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.LinkWire;
import dev.twinpath.nic.wire.PcapngWriter;
import dev.twinpath.nic.wire.SharedMemoryWire;
import dev.twinpath.nic.wire.TapWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.config.StackRoute;
import dev.twinpath.server.config.WireSpec;
import dev.twinpath.userstack.ip.InterfaceAddress;
import dev.twinpath.userstack.ip.Route;
import dev.twinpath.userstack.stack.StackConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Opens the wires that lead out of the process, and configures the stack on them. */
public final class UserWires {
  /** The stack's address where none is given: its wire is a network of its own. */
  static final StackAddress DEFAULT_ADDRESS = StackAddress.parse("10.0.0.2/24");

  /** Locally administered, then "tw"; the rest is the address, so that it stays the same. */
  private static final long MAC_PREFIX = 0x0274L << 32;

  /** A whole frame of 64 KiB with its Ethernet header. */
  private static final int MAX_FRAME = 65549;

  private UserWires() {}

  /**
   * Opens the wire of a configuration.
   *
   * @throws IOException if it cannot be had; the message says why
   * @throws IllegalArgumentException for the gateway, which is no wire of this kind
   */
  public static Wire open(WireSpec spec, int queues) throws IOException {
    if (spec.kind() == WireSpec.Kind.TAP) {
      return TapWire.open(spec.target(), queues);
    }
    if (spec.kind() == WireSpec.Kind.MEMORY) {
      return SharedMemoryWire.attach(Path.of(spec.target()), queues);
    }
    throw new IllegalArgumentException("not a wire to the outside: " + spec);
  }

  /**
   * Puts what the configuration asks for around a wire: the impairment next to it, as what happens
   * on the way; then the line and its FIFOs; the capture next to the stack, so that it shows what
   * the stack sent and saw.
   *
   * @return the wire to use, which closes the one given; or that one itself
   * @throws IOException if the capture file cannot be written; the wire is closed then
   */
  public static Wire decorate(ServerConfig config, Wire wire) throws IOException {
    Wire decorated = wire;
    if (config.impairment().isPresent()) {
      decorated = new ImpairedWire(decorated, config.impairment().get());
    }
    if (config.link().isPresent()) {
      decorated = new LinkWire(decorated, config.link().get());
    }
    if (config.capture().isPresent()) {
      Path file = config.capture().get();
      try {
        decorated = new CaptureWire(decorated, new PcapngWriter(file, MAX_FRAME));
      } catch (IOException e) {
        decorated.close();
        throw new IOException("cannot write the capture to " + file + ": " + e.getMessage(), e);
      }
    }
    return decorated;
  }

  /** The addresses of the stack; the default one if none is configured. */
  public static List<StackAddress> addresses(ServerConfig config) {
    return config.addresses().isEmpty() ? List.of(DEFAULT_ADDRESS) : config.addresses();
  }

  /** The stack's configuration on a wire to the outside. */
  public static StackConfig stack(ServerConfig config) {
    StackConfig.Builder builder = StackConfig.builder();
    for (StackAddress address : addresses(config)) {
      builder.address(new InterfaceAddress(address.address(), address.prefixLength()));
    }
    for (StackRoute route : config.routes()) {
      builder.route(new Route(route.network(), route.prefixLength(), route.gateway()));
    }
    return builder.build();
  }

  /** The MAC address of the NIC that has this address. */
  public static long macAddress(StackAddress address) {
    return MAC_PREFIX | Integer.toUnsignedLong(address.address());
  }
}
