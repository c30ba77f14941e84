package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import java.nio.file.Path;

/** {@link FtpTransferContract} on the kernel path over {@link KernelTransport#NIO}. */
class FtpTransferOverNioTest extends FtpTransferContract {
  @Override
  FtpFixture start(Path directory, FtpConfig config) {
    return KernelFtpFixture.start(KernelTransport.NIO, directory, config);
  }
}
