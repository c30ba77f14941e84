package dev.twinpath.server.ftp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.server.path.DirectPassiveListeners;
import dev.twinpath.server.path.GatewayFixture;
import dev.twinpath.server.path.Service;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** FTP on the user stack, reached through the gateway. */
final class GatewayFtpFixture implements FtpFixture {
  private final GatewayFixture server;
  private final InetSocketAddress address;

  /** Skips the test if the machine has no such transport. */
  static FtpFixture start(KernelTransport front, Path root, FtpLimits ftp) {
    assumeTrue(front.available(), () -> front.unavailabilityCause().orElseThrow());
    return new GatewayFtpFixture(front, root, ftp);
  }

  private GatewayFtpFixture(KernelTransport front, Path root, FtpLimits ftp) {
    server = new GatewayFixture(front, root, ftp);
    address =
        server.serve(
            Service.FTP,
            new FtpInitializer(
                server.context(), server.kernel(), new DirectPassiveListeners(server.kernel())),
            new FtpInitializer(
                server.context(),
                server.user(),
                server.gateway().passiveListeners(new DirectPassiveListeners(server.user()))));
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public ServerMetrics metrics() {
    return server.context().metrics();
  }

  @Override
  public DataPath path() {
    return DataPath.USERSTACK;
  }

  @Override
  public void close() {
    server.close();
  }
}
