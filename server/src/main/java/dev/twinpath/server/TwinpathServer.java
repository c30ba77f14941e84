package dev.twinpath.server;

import dev.twinpath.sendfile.TransportChoice;
import dev.twinpath.server.admin.AdminServer;
import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.WireSpec;
import dev.twinpath.server.content.ContentStore;
import dev.twinpath.server.ftp.FtpInitializer;
import dev.twinpath.server.http.HttpInitializer;
import dev.twinpath.server.metrics.CpuMeters;
import dev.twinpath.server.metrics.MetricCatalogue;
import dev.twinpath.server.metrics.ProcessMeters;
import dev.twinpath.server.metrics.ServerMetrics;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.server.path.KernelListeners;
import dev.twinpath.server.path.KernelPathService;
import dev.twinpath.server.path.OpenConnections;
import dev.twinpath.server.path.PathSwitch;
import dev.twinpath.server.path.Service;
import dev.twinpath.server.path.UserPathService;
import dev.twinpath.server.path.UserWires;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running server: both paths, their listeners, and the admin port. Everything that was opened is
 * closed by {@link #close}, in the opposite order, also when the start fails half-way.
 */
public final class TwinpathServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TwinpathServer.class);

  private final ServerConfig config;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private TransportChoice transport;
  private ServerContext context;
  private KernelListeners listeners;
  private InetSocketAddress httpAddress;
  private Optional<InetSocketAddress> ftpAddress = Optional.empty();
  private CaptureService captures;
  private AdminServer admin;
  private Optional<UserSide> userSide = Optional.empty();
  private volatile boolean ready;
  private boolean closed;

  private TwinpathServer(ServerConfig config) {
    this.config = config;
  }

  /**
   * Starts a server.
   *
   * @throws StartException with one line for the user
   */
  public static TwinpathServer start(ServerConfig config) throws StartException {
    TwinpathServer server = new TwinpathServer(config);
    try {
      server.open();
      return server;
    } catch (StartException | RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  private void open() throws StartException {
    ContentStore content = openContent();
    transport = chooseTransport();
    ServerMetrics metrics = opened(new ServerMetrics());
    PathSwitch paths = new PathSwitch(config.initialPath());
    OpenConnections connections = new OpenConnections();
    context = new ServerContext(config, content, metrics, paths, connections);
    KernelPathService kernel =
        opened(new KernelPathService(transport.transport(), config.eventLoops(), metrics, 0));
    listeners = opened(new KernelListeners(kernel, paths));
    httpAddress =
        listen("HTTP", config.httpPort(), Service.HTTP, new HttpInitializer(context, kernel));
    if (config.ftpPort() >= 0) {
      ftpAddress =
          Optional.of(
              listen("FTP", config.ftpPort(), Service.FTP, new FtpInitializer(context, kernel)));
    }
    userSide = Optional.of(openUserSide(kernel));
    opened(new ProcessMeters(metrics));
    CpuMeters.bind(metrics);
    bindMeters(metrics);
    captures = opened(new CaptureService(userSide.get().path().stack().nic(), metrics));
    admin = openAdmin(metrics);
    ready = true;
    LOG.info(
        "serving {} by HTTP on {}{}; kernel transport {} ({})",
        content.root(),
        httpAddress,
        ftpAddress.map(address -> " and by FTP on " + address).orElse(""),
        transport.transport().label(),
        transport.reason());
  }

  private UserSide openUserSide(KernelPathService kernel) throws StartException {
    if (config.wire().kind() != WireSpec.Kind.GATEWAY
        && config.initialPath() == DataPath.USERSTACK) {
      throw new StartException(
          "--path userstack needs --wire gateway: on "
              + config.wire()
              + " the user path serves at its own address all the time");
    }
    Optional<Integer> ftpPort = ftpAddress.map(InetSocketAddress::getPort);
    UserSide side = opened(UserSide.open(context, kernel, httpAddress.getPort(), ftpPort));
    side.frontDoor().ifPresent(listeners::frontDoor);
    return side;
  }

  private ContentStore openContent() throws StartException {
    try {
      return opened(new ContentStore(config.root(), config.content(), 2 * config.eventLoops()));
    } catch (IOException e) {
      throw new StartException("cannot serve " + e.getMessage(), e);
    }
  }

  private TransportChoice chooseTransport() throws StartException {
    try {
      return TransportChoice.of(config.transport());
    } catch (IllegalArgumentException e) {
      throw new StartException(e.getMessage(), e);
    }
  }

  private InetSocketAddress listen(String name, int port, Service service, ChannelHandler pipeline)
      throws StartException {
    InetSocketAddress address = new InetSocketAddress(config.bind(), port);
    try {
      return listeners.listen(address, service, pipeline);
    } catch (IOException e) {
      throw new StartException(
          StartErrors.listen(
              name, address, "--" + service.name().toLowerCase(java.util.Locale.ROOT), e),
          e);
    }
  }

  private AdminServer openAdmin(ServerMetrics metrics) throws StartException {
    try {
      return opened(AdminServer.start(config.adminPort(), new ServerAdmin(this), metrics));
    } catch (IOException e) {
      InetSocketAddress address =
          new InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), config.adminPort());
      throw new StartException(StartErrors.listen("the admin port", address, "--admin", e), e);
    }
  }

  private void bindMeters(ServerMetrics metrics) {
    PathSwitch paths = context.paths();
    for (DataPath path : DataPath.values()) {
      metrics.gauge(
          MetricCatalogue.PATH_ACTIVE, () -> paths.active() == path ? 1 : 0, path.label());
      metrics.counter(
          MetricCatalogue.PATH_SWITCHES,
          () -> paths.switchesFrom(path),
          path.label(),
          path.other().label());
    }
    metrics.info(
        MetricCatalogue.TRANSPORT_INFO,
        DataPath.SENDFILE.label(),
        transport.transport().label(),
        transport.reason());
    metrics.gauge(MetricCatalogue.CONTENT_CACHE_BYTES, context.content()::cachedBytes);
    metrics.gauge(MetricCatalogue.CONTENT_PINNED_BYTES, context.content()::mappedBytes);
  }

  private <T extends AutoCloseable> T opened(T part) {
    opened.push(part);
    return part;
  }

  /** The settings that it was started with. */
  public ServerConfig config() {
    return config;
  }

  /** What its services share. */
  public ServerContext context() {
    return context;
  }

  /** The kernel transport and the reason for it. */
  public TransportChoice transport() {
    return transport;
  }

  /** Where HTTP is served on the kernel's own addresses. */
  public InetSocketAddress httpAddress() {
    return httpAddress;
  }

  /** Where FTP is served on the kernel's own addresses; empty if it is not. */
  public Optional<InetSocketAddress> ftpAddress() {
    return ftpAddress;
  }

  /** Where metrics, health and the switch are served. */
  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  /** Where HTTP is served on the user stack's own address; empty behind the gateway. */
  public Optional<InetSocketAddress> userHttpAddress() {
    return userSide.filter(side -> side.frontDoor().isEmpty()).map(UserSide::httpAddress);
  }

  /** The same for every address of the stack; empty where there is none to the outside. */
  public List<InetSocketAddress> userHttpAddresses() {
    return userHttpAddress().stream()
        .flatMap(
            first ->
                UserWires.addresses(config).stream()
                    .map(a -> new InetSocketAddress(a.address().toInetAddress(), first.getPort())))
        .toList();
  }

  /** The user path's loops and stack, if they run. */
  Optional<UserPathService> userPath() {
    return userSide.map(UserSide::path);
  }

  /** Captures of the user path. */
  CaptureService captures() {
    return captures;
  }

  /** Why the user path cannot be made active; empty when it can. */
  Optional<String> userPathUnavailable() {
    return userHttpAddress()
        .map(
            address ->
                "on "
                    + config.wire()
                    + " both paths serve all the time: the user path at "
                    + Addresses.text(address.getAddress()));
  }

  /** True while new requests are welcome. */
  public boolean ready() {
    return ready;
  }

  /**
   * Ends the server: readiness goes down, listeners close, connections may finish what is under way
   * for {@link ServerConfig#drain}, then everything is closed. Returns when no thread of it is
   * left.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    ready = false;
    if (listeners != null) {
      listeners.close();
    }
    userSide.ifPresent(side -> side.path().closeListeners());
    if (context != null) {
      int cut = context.connections().drain(config.drain());
      if (cut > 0) {
        LOG.warn("{} connections were cut at the end of the drain", cut);
      }
    }
    while (!opened.isEmpty()) {
      closeQuietly(opened.pop());
    }
  }

  private static void closeQuietly(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception e) {
      LOG.warn("closing {} failed", part, e);
    }
  }
}
