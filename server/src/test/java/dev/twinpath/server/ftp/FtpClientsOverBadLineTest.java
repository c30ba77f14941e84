package dev.twinpath.server.ftp;

import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.testsupport.RequiresRoot;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@link FtpClientsContract} over a TAP that loses, repeats and reorders frames. */
@RequiresRoot(commands = {"curl", "lftp"})
class FtpClientsOverBadLineTest extends FtpClientsContract {
  @RegisterExtension final InsideNamespace inside = new InsideNamespace();

  @Override
  FtpFixture start(Path directory, FtpLimits config) {
    Impairment faults = Impairment.parse("loss=2%,reorder=1%,duplicate=1%,seed=42");
    return new TapFtpFixture(
        inside.namespace(), tap -> new ImpairedWire(tap, faults), directory, config);
  }
}
