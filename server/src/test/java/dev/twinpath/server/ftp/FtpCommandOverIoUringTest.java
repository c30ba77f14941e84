package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import java.nio.file.Path;

/** {@link FtpCommandContract} on the kernel path over {@link KernelTransport#IO_URING}. */
class FtpCommandOverIoUringTest extends FtpCommandContract {
  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return KernelFtpFixture.start(KernelTransport.IO_URING, directory, config);
  }
}
