package dev.twinpath.server.path;

import dev.twinpath.nic.wire.CaptureWire;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.InterfaceWires;
import dev.twinpath.nic.wire.LinkWire;
import dev.twinpath.nic.wire.PcapngWriter;
import dev.twinpath.nic.wire.SharedMemoryWire;
import dev.twinpath.nic.wire.TapWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.xdp.XdpConfig;
import dev.twinpath.nic.wire.xdp.XdpSteering;
import dev.twinpath.nic.wire.xdp.XdpWire;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.config.StackRoute;
import dev.twinpath.server.config.WireSpec;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.StackConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.List;

/** Opens the wires that lead out of the process, and configures the stack on them. */
public final class UserWires {
  /** The stack's address where none is given: its wire is a network of its own. */
  static final StackAddress DEFAULT_ADDRESS = StackAddress.parse("10.0.0.2/24");

  /** Locally administered, then "tw"; the rest is the address, so that it stays the same. */
  private static final long MAC_PREFIX = 0x0274L << 32;

  private static final int ETHERNET_MTU = 1500;
  private static final int UNLIMITED = 65535;

  /** A whole frame of 64 KiB with its Ethernet header. */
  private static final int MAX_FRAME = 65549;

  private UserWires() {}

  /**
   * Opens the wire of a configuration.
   *
   * @throws IOException if it cannot be had; the message says why
   * @throws IllegalArgumentException for the gateway, which is no wire of this kind
   */
  public static Wire open(ServerConfig config) throws IOException {
    String target = config.wire().target();
    int queues = config.eventLoops();
    switch (config.wire().kind()) {
      case TAP:
        return TapWire.open(target, queues);
      case MEMORY:
        return SharedMemoryWire.attach(Path.of(target), queues);
      case PACKET:
        checkNotTheKernels(config);
        return InterfaceWires.open(target, queues, macAddress(addresses(config).get(0)));
      case XDP:
        checkNotTheKernels(config);
        return XdpWire.open(target, XdpConfig.defaults(queues), steering(config));
      default:
        throw new IllegalArgumentException("not a wire to the outside: " + config.wire());
    }
  }

  /** An interface and its addresses are the kernel's; the program takes from it what is ours. */
  private static XdpSteering steering(ServerConfig config) {
    List<InetAddress> ours =
        addresses(config).stream().map(a -> a.address().toInetAddress()).toList();
    return XdpSteering.toAddresses(ours);
  }

  /**
   * Behind an interface that the kernel uses too, an address of the kernel's would be answered for
   * twice: to ARP with two MAC addresses, and to our clients with resets.
   */
  private static void checkNotTheKernels(ServerConfig config) throws IOException {
    for (StackAddress address : addresses(config)) {
      NetworkInterface owner = NetworkInterface.getByInetAddress(address.address().toInetAddress());
      if (owner != null) {
        throw new IOException(
            "the kernel itself has the address "
                + address.address()
                + " on "
                + owner.getName()
                + "; give --address one that is free there, or take it from the kernel:"
                + " ip address del "
                + address
                + " dev "
                + owner.getName());
      }
    }
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
    StackConfig.Builder builder =
        StackConfig.builder().congestionControl(config.congestionControl());
    for (StackAddress address : addresses(config)) {
      builder.address(address.toInterfaceAddress());
    }
    for (StackRoute route : config.routes()) {
      builder.route(route.route());
    }
    if (config.wire().kind() == WireSpec.Kind.XDP) {
      // The interface's MAC address is the kernel's, and so is what would be made of it.
      builder.ip(IpConfig.defaults().withLinkLocalAddress(false));
    }
    return builder.build();
  }

  /** The MAC address of the NIC on a wire: the one that the wire demands, or else our own. */
  public static long macAddress(ServerConfig config, Wire wire) {
    return wire.macAddress() >= 0 ? wire.macAddress() : macAddress(addresses(config).get(0));
  }

  private static long macAddress(StackAddress address) {
    IpAddress ip = address.address();
    long number = ip.isV4() ? ip.v4() : ip.high() ^ ip.high() >>> 32 ^ ip.low() ^ ip.low() >>> 32;
    return MAC_PREFIX | number & 0xffffffffL;
  }

  /** The MTU of the NIC on a wire: what the line takes, or Ethernet's where nothing limits it. */
  static int mtu(Wire wire) {
    return wire.mtu() < UNLIMITED ? wire.mtu() : ETHERNET_MTU;
  }
}
