package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import java.nio.file.Path;

/** {@link FtpCommandContract} on the user path, behind a gateway whose front is epoll. */
class FtpCommandOverGatewayTest extends FtpCommandContract {
  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return GatewayFtpFixture.start(KernelTransport.EPOLL, directory, config);
  }
}
