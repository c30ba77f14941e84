package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import java.nio.file.Path;

/** {@link FtpTransferContract} on the user path, behind a gateway whose front is epoll. */
class FtpTransferOverGatewayTest extends FtpTransferContract {
  @Override
  FtpFixture start(Path directory, FtpConfig config) {
    return GatewayFtpFixture.start(KernelTransport.EPOLL, directory, config);
  }
}
