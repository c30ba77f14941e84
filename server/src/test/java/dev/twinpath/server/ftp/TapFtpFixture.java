package dev.twinpath.server.ftp;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.server.ServerContext;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.content.ContentStore;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.server.path.DirectPassiveListeners;
import dev.twinpath.server.path.OpenConnections;
import dev.twinpath.server.path.PathSwitch;
import dev.twinpath.server.path.UserPathService;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.userstack.stack.StackConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** FTP on the user stack's own address, over a TAP whose other end a namespace's kernel has. */
final class TapFtpFixture implements FtpFixture {
  static final String SECOND_CLIENT = "10.9.0.3";

  /** Two, so that the kernel may send a data connection to another shard than its session. */
  private static final int LOOPS = 2;

  private static final InetSocketAddress ADDRESS = new InetSocketAddress("10.9.0.2", 2121);

  private final ServerMetrics metrics = new ServerMetrics();
  private final OpenConnections connections = new OpenConnections();
  private final ContentStore content;
  private final UserPathService path;

  /**
   * @param line what the wire goes through: the TAP itself, or with faults
   */
  TapFtpFixture(NetworkNamespace namespace, UnaryOperator<Wire> line, Path root, FtpLimits ftp) {
    ServerConfig config = ServerConfig.builder(root).anyPorts().ftp(ftp).build();
    Wire tap = namespace.openTap("twin0", LOOPS, "10.9.0.1/24");
    namespace.exec("ip", "address", "add", SECOND_CLIENT + "/24", "dev", "twin0").check();
    path =
        new UserPathService(
            line.apply(tap),
            NicConfig.defaults(0x02_00_5E_12_00_03L).withQueuePairs(LOOPS),
            StackConfig.builder().address("10.9.0.2/24").build(),
            metrics,
            0);
    try {
      content = new ContentStore(root, config.content().withValidFor(Duration.ZERO), LOOPS);
      ServerContext server =
          new ServerContext(
              config, content, metrics, new PathSwitch(DataPath.SENDFILE), connections);
      path.listen(
          ADDRESS,
          new FtpInitializer(server, path, new DirectPassiveListeners(path)),
          Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public InetSocketAddress address() {
    return ADDRESS;
  }

  @Override
  public ServerMetrics metrics() {
    return metrics;
  }

  @Override
  public DataPath path() {
    return DataPath.USERSTACK;
  }

  @Override
  public void close() {
    connections.drain(Duration.ofSeconds(2));
    path.close();
    content.close();
    metrics.close();
  }
}
