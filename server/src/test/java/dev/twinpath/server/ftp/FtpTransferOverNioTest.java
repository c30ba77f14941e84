package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.config.FtpLimits;
import java.nio.file.Path;

/** {@link FtpTransferContract} on the kernel path over {@link KernelTransport#NIO}. */
class FtpTransferOverNioTest extends FtpTransferContract {
  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return KernelFtpFixture.start(KernelTransport.NIO, directory, config);
  }
}
