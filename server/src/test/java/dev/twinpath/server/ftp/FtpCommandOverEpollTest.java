package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import java.nio.file.Path;

/** {@link FtpCommandContract} on the kernel path over {@link KernelTransport#EPOLL}. */
class FtpCommandOverEpollTest extends FtpCommandContract {
  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return KernelFtpFixture.start(KernelTransport.EPOLL, directory, config);
  }
}
