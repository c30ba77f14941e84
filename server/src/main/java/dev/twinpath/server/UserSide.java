package dev.twinpath.server;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.config.WireSpec;
import dev.twinpath.server.ftp.FtpInitializer;
import dev.twinpath.server.http.HttpInitializer;
import dev.twinpath.server.path.DirectPassiveListeners;
import dev.twinpath.server.path.FrontDoor;
import dev.twinpath.server.path.Gateway;
import dev.twinpath.server.path.KernelPathService;
import dev.twinpath.server.path.Service;
import dev.twinpath.server.path.UserPathService;
import dev.twinpath.server.path.UserWires;
import dev.twinpath.userstack.stack.StackConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * The user path of a server, with its services: on a wire to the outside, where the stack listens
 * on its own address; or behind the gateway, where the kernel's listeners lead to it.
 */
final class UserSide implements AutoCloseable {
  /** Of each queue of the gateway's wire, in each direction. */
  private static final int RING_BYTES = 4 << 20;

  /** How long a device thread looks for work before it sleeps: longer than a client's pause. */
  private static final long NIC_SPIN_NANOS = 50_000;

  private static final long GATEWAY_SIDE_MAC = 0x0274_7700_0002L;

  private final UserPathService path;
  private final Optional<Gateway> gateway;
  private final Map<Service, InetSocketAddress> targets;

  private UserSide(
      UserPathService path, Optional<Gateway> gateway, Map<Service, InetSocketAddress> targets) {
    this.path = path;
    this.gateway = gateway;
    this.targets = targets;
  }

  /**
   * Starts the stack and its services, on the ports that the kernel's listeners have.
   *
   * @param ftpPort empty for no FTP
   * @throws StartException with one line for the user
   */
  static UserSide open(
      ServerContext context, KernelPathService kernel, int httpPort, Optional<Integer> ftpPort)
      throws StartException {
    ServerConfig config = context.config();
    boolean relayed = config.wire().kind() == WireSpec.Kind.GATEWAY;
    StackAddress address =
        relayed ? StackAddress.parse(Gateway.SERVER_ADDRESS) : UserWires.addresses(config).get(0);
    Map<Service, InetSocketAddress> targets = new EnumMap<>(Service.class);
    targets.put(Service.HTTP, target(address, httpPort));
    ftpPort.ifPresent(port -> targets.put(Service.FTP, target(address, port)));
    UserSide side = relayed ? behindGateway(context, kernel, targets) : onWire(context, targets);
    try {
      side.listen(context);
    } catch (IOException e) {
      side.close();
      throw new StartException("the user stack cannot listen: " + e.getMessage(), e);
    }
    return side;
  }

  private static InetSocketAddress target(StackAddress address, int port) {
    return new InetSocketAddress(address.address().toInetAddress(), port);
  }

  private static UserSide onWire(ServerContext context, Map<Service, InetSocketAddress> targets)
      throws StartException {
    ServerConfig config = context.config();
    Wire wire;
    try {
      wire = UserWires.open(config);
    } catch (IOException e) {
      throw new StartException(StartErrors.wire(config.wire(), e), e);
    }
    long mac = UserWires.macAddress(config, wire);
    return new UserSide(
        path(context, decorated(config, wire), mac, UserWires.stack(config)),
        Optional.empty(),
        targets);
  }

  private static Wire decorated(ServerConfig config, Wire wire) throws StartException {
    try {
      return UserWires.decorate(config, wire);
    } catch (IOException e) {
      throw new StartException(e.getMessage(), e);
    }
  }

  private static UserSide behindGateway(
      ServerContext context, KernelPathService kernel, Map<Service, InetSocketAddress> targets)
      throws StartException {
    int loops = context.config().eventLoops();
    MemoryWire.Pair wire = MemoryWire.pair(loops, RING_BYTES);
    StackConfig stack =
        StackConfig.builder()
            .address(Gateway.SERVER_ADDRESS)
            .congestionControl(context.config().congestionControl())
            .build();
    UserPathService path =
        path(context, decorated(context.config(), wire.right()), GATEWAY_SIDE_MAC, stack);
    Gateway gateway = new Gateway(wire.left(), loops, kernel, targets, context.metrics(), loops);
    return new UserSide(path, Optional.of(gateway), targets);
  }

  private static UserPathService path(
      ServerContext context, Wire wire, long mac, StackConfig stack) {
    int loops = context.config().eventLoops();
    NicConfig nic = NicConfig.defaults(mac).withQueuePairs(loops);
    if (context.config().nicThread()) {
      nic = nic.withThread(NIC_SPIN_NANOS);
    }
    return new UserPathService(wire, nic, stack, context.metrics(), loops);
  }

  private void listen(ServerContext context) throws IOException {
    for (Map.Entry<Service, InetSocketAddress> target : targets.entrySet()) {
      path.listen(
          new InetSocketAddress(Addresses.any(), target.getValue().getPort()),
          target.getKey() == Service.HTTP ? new HttpInitializer(context, path) : ftp(context),
          gateway.map(Gateway::origins));
    }
  }

  private FtpInitializer ftp(ServerContext context) {
    DirectPassiveListeners direct = new DirectPassiveListeners(path);
    return gateway
        .map(door -> new FtpInitializer(context, path, door.passiveListeners(direct)))
        .orElseGet(() -> new FtpInitializer(context, path));
  }

  UserPathService path() {
    return path;
  }

  /** The way from the kernel's listeners to this path; empty on a wire to the outside. */
  Optional<FrontDoor> frontDoor() {
    return gateway.map(FrontDoor.class::cast);
  }

  /** Where HTTP is served on the stack's own address. */
  InetSocketAddress httpAddress() {
    return targets.get(Service.HTTP);
  }

  @Override
  public void close() {
    gateway.ifPresent(Gateway::close);
    path.close();
  }
}
