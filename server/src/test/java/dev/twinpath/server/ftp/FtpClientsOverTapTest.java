package dev.twinpath.server.ftp;

import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.testsupport.RequiresRoot;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link FtpClientsContract} on the user path over a TAP. */
@RequiresRoot(commands = {"curl", "lftp"})
class FtpClientsOverTapTest extends FtpClientsContract {
  @RegisterExtension final InsideNamespace inside = new InsideNamespace();

  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    return new TapFtpFixture(inside.namespace(), UnaryOperator.identity(), directory, config);
  }
}
