package dev.twinpath.server;

import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.ftp.FtpInitializer;
import dev.twinpath.server.http.HttpInitializer;
import dev.twinpath.server.path.UserPathService;
import dev.twinpath.server.path.UserWires;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** The user path on a wire to the outside: the stack listens on its own address. */
final class UserSide implements AutoCloseable {
  private final UserPathService path;
  private final InetSocketAddress httpAddress;

  private UserSide(UserPathService path, InetSocketAddress httpAddress) {
    this.path = path;
    this.httpAddress = httpAddress;
  }

  /**
   * Starts the stack, and listens on the ports that the kernel's listeners have.
   *
   * @param ftpPort empty for no FTP
   * @throws StartException with one line for the user
   */
  static UserSide open(ServerContext context, int httpPort, Optional<Integer> ftpPort)
      throws StartException {
    ServerConfig config = context.config();
    StackAddress address = UserWires.addresses(config).get(0);
    UserPathService path =
        new UserPathService(
            openWire(config),
            UserWires.macAddress(address),
            UserWires.stack(config),
            config.eventLoops(),
            context.metrics(),
            config.eventLoops());
    try {
      path.listen(
          new InetSocketAddress(Addresses.any(), httpPort),
          new HttpInitializer(context, path),
          Optional.empty());
      if (ftpPort.isPresent()) {
        path.listen(
            new InetSocketAddress(Addresses.any(), ftpPort.get()),
            new FtpInitializer(context, path),
            Optional.empty());
      }
    } catch (IOException e) {
      path.close();
      throw new StartException("the user stack cannot listen: " + e.getMessage(), e);
    }
    return new UserSide(path, new InetSocketAddress(Addresses.ipv4(address.address()), httpPort));
  }

  private static Wire openWire(ServerConfig config) throws StartException {
    try {
      return UserWires.open(config.wire(), config.eventLoops());
    } catch (IOException e) {
      throw new StartException(StartErrors.wire(config.wire(), e), e);
    }
  }

  UserPathService path() {
    return path;
  }

  /** Where HTTP is served on the stack's own address. */
  InetSocketAddress httpAddress() {
    return httpAddress;
  }

  @Override
  public void close() {
    path.close();
  }
}
