package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import java.nio.file.Path;

/** {@link FtpClientsContract} on the user path, behind a gateway whose front is epoll. */
class FtpClientsOverGatewayTest extends FtpClientsContract {
  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return GatewayFtpFixture.start(KernelTransport.EPOLL, directory, config);
  }
}
