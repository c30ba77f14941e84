package dev.twinpath.server.ftp;

import dev.twinpath.sendfile.KernelTransport;
import java.nio.file.Path;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** {@link FtpTransferContract} on the kernel path over {@link KernelTransport#IO_URING}. */
class FtpTransferOverIoUringTest extends FtpTransferContract {
  @Override
  FtpFixture start(Path directory, FtpConfig config) {
    return KernelFtpFixture.start(KernelTransport.IO_URING, directory, config);
  }

  @Override
  @Test
  @Disabled("Netty 4.2.18's IoUringFileRegion wraps file offsets at 2 GiB")
  void offsetsMayPassFourGiB() {}
}
