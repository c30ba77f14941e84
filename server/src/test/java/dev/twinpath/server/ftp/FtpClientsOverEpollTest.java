package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import java.nio.file.Path;

/** {@link FtpClientsContract} on the kernel path over {@link KernelTransport#EPOLL}. */
class FtpClientsOverEpollTest extends FtpClientsContract {
  @Override
  FtpFixture start(Path directory, FtpConfig config) {
    return KernelFtpFixture.start(KernelTransport.EPOLL, directory, config);
  }
}
