package dev.twinpath.server.path;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.MemoryWire;
import dev.twinpath.sendfile.KernelTransport;
import dev.twinpath.server.ServerContext;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.content.ContentStore;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.userstack.stack.StackConfig;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Both paths of a server with a gateway between them, on free ports of the loopback address. */
public final class GatewayFixture implements AutoCloseable {
  private static final int LOOPS = 2;
  private static final Map<Service, InetSocketAddress> TARGETS =
      Map.of(Service.HTTP, target(80), Service.FTP, target(21));

  private final ServerMetrics metrics = new ServerMetrics();
  private final PathSwitch paths = new PathSwitch(DataPath.USERSTACK);
  private final OpenConnections connections = new OpenConnections();
  private final MemoryWire.Pair wire = MemoryWire.pair(LOOPS, 4 << 20);
  private final ContentStore content;
  private final ServerContext context;
  private final KernelPathService kernel;
  private final UserPathService user;
  private final Gateway gateway;
  private final KernelListeners listeners;

  public GatewayFixture(KernelTransport transport, Path root, FtpLimits ftp) {
    ServerConfig config = ServerConfig.builder(root).anyPorts().ftp(ftp).build();
    try {
      content = new ContentStore(root, config.content().withValidFor(Duration.ZERO), 2 * LOOPS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    context = new ServerContext(config, content, metrics, paths, connections);
    kernel = new KernelPathService(transport, LOOPS, metrics, 0);
    user =
        new UserPathService(
            wire.right(),
            NicConfig.defaults(0x02_00_5E_12_00_02L).withQueuePairs(LOOPS),
            StackConfig.builder().address(Gateway.SERVER_ADDRESS).build(),
            metrics,
            LOOPS);
    gateway = new Gateway(wire.left(), LOOPS, kernel, TARGETS, metrics, LOOPS);
    listeners = new KernelListeners(kernel, paths);
    listeners.frontDoor(gateway);
  }

  private static InetSocketAddress target(int port) {
    return new InetSocketAddress(
        StackAddress.parse(Gateway.SERVER_ADDRESS).address().toInetAddress(), port);
  }

  public ServerContext context() {
    return context;
  }

  public Gateway gateway() {
    return gateway;
  }

  public KernelPathService kernel() {
    return kernel;
  }

  public UserPathService user() {
    return user;
  }

  /** Serves on both paths; gives back where clients connect to. */
  public InetSocketAddress serve(
      Service service, ChannelHandler kernelPipeline, ChannelHandler userPipeline) {
    try {
      user.listen(TARGETS.get(service), userPipeline, Optional.of(gateway.origins()));
      return listeners.listen(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), service, kernelPipeline);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    listeners.close();
    connections.drain(Duration.ofSeconds(2));
    gateway.close();
    user.close();
    kernel.close();
    content.close();
    metrics.close();
  }
}
