package dev.twinpath.server.ftp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.ServerContext;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.content.ContentStore;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.server.path.DirectPassiveListeners;
import dev.twinpath.server.path.KernelPathService;
import dev.twinpath.server.path.OpenConnections;
import dev.twinpath.server.path.PathSwitch;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** FTP alone on one kernel transport, on a free port of the loopback address. */
final class KernelFtpFixture implements FtpFixture {
  private final ServerMetrics metrics = new ServerMetrics();
  private final OpenConnections connections = new OpenConnections();
  private final ContentStore content;
  private final KernelPathService path;
  private final Channel listener;

  /** Skips the test if the machine has no such transport. */
  static FtpFixture start(KernelTransport transport, Path root, FtpLimits ftp) {
    assumeTrue(transport.available(), () -> transport.unavailabilityCause().orElseThrow());
    return new KernelFtpFixture(transport, root, ftp);
  }

  private KernelFtpFixture(KernelTransport transport, Path root, FtpLimits ftp) {
    ServerConfig config = ServerConfig.builder(root).anyPorts().ftp(ftp).build();
    try {
      content = new ContentStore(root, config.content().withValidFor(Duration.ZERO), 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    path = new KernelPathService(transport, 1, metrics, 0);
    ServerContext server =
        new ServerContext(config, content, metrics, new PathSwitch(DataPath.SENDFILE), connections);
    listener =
        new ServerBootstrap()
            .group(path.group())
            .channel(path.serverChannelClass())
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(new FtpInitializer(server, path, new DirectPassiveListeners(path)))
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  @Override
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public DataPath path() {
    return DataPath.SENDFILE;
  }

  @Override
  public ServerMetrics metrics() {
    return metrics;
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    connections.drain(Duration.ofSeconds(2));
    path.close();
    content.close();
    metrics.close();
  }
}
