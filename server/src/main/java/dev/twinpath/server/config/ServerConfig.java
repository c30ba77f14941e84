package dev.twinpath.server.config;

import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.LinkModel;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.userstack.stack.StackConfig;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that a server is told at its start. Immutable; made by {@link #builder(Path)}, whose
 * defaults are those of {@code ./twinpath serve}.
 *
 * @param root the directory that is served
 * @param bind the address of the kernel's HTTP and FTP listeners
 * @param httpPort 0 for any free port
 * @param ftpPort 0 for any free port, -1 for no FTP
 * @param adminPort 0 for any free port; always on 127.0.0.1
 * @param eventLoops event loops of each path, at least 1
 * @param initialPath the path that new connections take at the start
 * @param transport {@code auto}, {@code io_uring}, {@code epoll} or {@code nio}
 * @param wire the user path's wire
 * @param addresses the user stack's own addresses; empty for the wire's default
 * @param routes the user stack's routes beyond its own networks
 * @param congestionControl of the user stack's connections: one of {@link
 *     StackConfig#CONGESTION_CONTROLS}
 * @param nicThread whether the user path's NIC works on a thread of its own, not on the event
 *     loops'
 * @param link the line that the user path's wire is to be like; empty for the wire as it is
 * @param impairment what the user path's wire does to frames, for tests of the stack
 * @param capture where the frames of the user path's wire are written, as pcapng
 * @param drain how long a shutdown waits for transfers that are under way
 * @param http limits and deadlines of HTTP connections
 * @param ftp limits and deadlines of FTP sessions
 * @param content bounds of the cache of open files
 */
public record ServerConfig(
    Path root,
    InetAddress bind,
    int httpPort,
    int ftpPort,
    int adminPort,
    int eventLoops,
    DataPath initialPath,
    String transport,
    WireSpec wire,
    List<StackAddress> addresses,
    List<StackRoute> routes,
    String congestionControl,
    boolean nicThread,
    Optional<LinkModel> link,
    Optional<Impairment> impairment,
    Optional<Path> capture,
    Duration drain,
    HttpLimits http,
    FtpLimits ftp,
    ContentLimits content) {

  public ServerConfig {
    Objects.requireNonNull(root, "root");
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
    if (eventLoops < 1) {
      throw new IllegalArgumentException("at least one event loop is needed, not " + eventLoops);
    }
  }

  /** A builder with the defaults of {@code ./twinpath serve}. */
  public static Builder builder(Path root) {
    return new Builder(root);
  }

  /** Collects the settings of a {@link ServerConfig}. */
  public static final class Builder {
    private final Path root;
    private InetAddress bind = Addresses.any();
    private int httpPort = 8080;
    private int ftpPort = 2121;
    private int adminPort = 9090;
    private int eventLoops = Runtime.getRuntime().availableProcessors();
    private DataPath initialPath = DataPath.SENDFILE;
    private String transport = "auto";
    private WireSpec wire = WireSpec.GATEWAY;
    private List<StackAddress> addresses = List.of();
    private List<StackRoute> routes = List.of();
    private String congestionControl = StackConfig.CONGESTION_CONTROLS.get(0);
    private boolean nicThread;
    private Optional<LinkModel> link = Optional.empty();
    private Optional<Impairment> impairment = Optional.empty();
    private Optional<Path> capture = Optional.empty();
    private Duration drain = Duration.ofSeconds(10);
    private HttpLimits http = HttpLimits.DEFAULTS;
    private FtpLimits ftp = FtpLimits.DEFAULTS;
    private ContentLimits content = ContentLimits.DEFAULTS;

    private Builder(Path root) {
      this.root = root;
    }

    public Builder bind(InetAddress value) {
      bind = value;
      return this;
    }

    public Builder httpPort(int value) {
      httpPort = value;
      return this;
    }

    public Builder ftpPort(int value) {
      ftpPort = value;
      return this;
    }

    public Builder adminPort(int value) {
      adminPort = value;
      return this;
    }

    /** All three listeners on free ports of the loopback address: for tests. */
    public Builder anyPorts() {
      return bind(InetAddress.getLoopbackAddress()).httpPort(0).ftpPort(0).adminPort(0);
    }

    public Builder eventLoops(int value) {
      eventLoops = value;
      return this;
    }

    public Builder initialPath(DataPath value) {
      initialPath = value;
      return this;
    }

    public Builder transport(String value) {
      transport = value;
      return this;
    }

    public Builder wire(WireSpec value) {
      wire = value;
      return this;
    }

    public Builder addresses(List<StackAddress> value) {
      addresses = value;
      return this;
    }

    public Builder routes(List<StackRoute> value) {
      routes = value;
      return this;
    }

    /** Sets {@link ServerConfig#congestionControl}. */
    public Builder congestionControl(String value) {
      congestionControl = value;
      return this;
    }

    /** Sets {@link ServerConfig#nicThread}. */
    public Builder nicThread(boolean value) {
      nicThread = value;
      return this;
    }

    public Builder link(LinkModel value) {
      link = Optional.ofNullable(value);
      return this;
    }

    public Builder impairment(Impairment value) {
      impairment = Optional.ofNullable(value);
      return this;
    }

    public Builder capture(Path value) {
      capture = Optional.ofNullable(value);
      return this;
    }

    public Builder drain(Duration value) {
      drain = value;
      return this;
    }

    public Builder http(HttpLimits value) {
      http = value;
      return this;
    }

    public Builder ftp(FtpLimits value) {
      ftp = value;
      return this;
    }

    public Builder content(ContentLimits value) {
      content = value;
      return this;
    }

    public ServerConfig build() {
      return new ServerConfig(
          root,
          bind,
          httpPort,
          ftpPort,
          adminPort,
          eventLoops,
          initialPath,
          transport,
          wire,
          addresses,
          routes,
          congestionControl,
          nicThread,
          link,
          impairment,
          capture,
          drain,
          http,
          ftp,
          content);
    }
  }
}
