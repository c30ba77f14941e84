package dev.twinpath.server.ftp;

import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.testsupport.RequiresRoot;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link FtpTransferContract} on the user path: a kernel's TCP is the client, over a TAP. */
@RequiresRoot
class FtpTransferOverTapTest extends FtpTransferContract {
  @RegisterExtension final InsideNamespace inside = new InsideNamespace();

  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return new TapFtpFixture(inside.namespace(), UnaryOperator.identity(), directory, config);
  }

  @Override
  String anotherHost() {
    return TapFtpFixture.SECOND_CLIENT;
  }
}
