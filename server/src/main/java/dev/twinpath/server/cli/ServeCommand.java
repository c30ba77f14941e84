package dev.twinpath.server.cli;

import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.LinkModel;
import dev.twinpath.server.StartException;
import dev.twinpath.server.TwinpathServer;
import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.config.FtpLimits;
import dev.twinpath.server.config.PortRange;
import dev.twinpath.server.config.ServerConfig;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.config.StackRoute;
import dev.twinpath.server.config.WireSpec;
import dev.twinpath.server.path.DataPath;
import dev.twinpath.userstack.stack.StackConfig;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code twinpath serve}. */
@Command(
    name = "serve",
    description = "Serve a directory by HTTP and FTP, until SIGTERM or Ctrl-C.",
    sortOptions = false,
    footer = {
      "",
      "The two paths:",
      "  sendfile    the kernel's TCP; files leave by sendfile or splice",
      "  userstack   this program's own TCP/IP over a simulated NIC; files leave as mapped pages",
      "  'twinpath path' flips new connections between them while the server runs.",
      "",
      "The user path's wire:",
      "  gateway       the kernel accepts, and a relay carries the bytes to the stack; needs no",
      "                privilege, and copies: good for trying, not for measuring",
      "  tap:NAME      a TAP device; the stack has its own address there and listens on the same",
      "                ports. Needs CAP_NET_ADMIN, or a TAP made for this user:",
      "                  ip tuntap add dev NAME mode tap multi_queue vnet_hdr user $USER",
      "  packet:IFACE  an interface that the kernel has too, real, veth or macvtap: the stack is one",
      "                more host on its cable, with an address that the kernel does not have. Needs",
      "                CAP_NET_RAW; a macvtap needs its device /dev/tapN",
      "  xdp:IFACE     an interface by AF_XDP: a program in the kernel steers what goes to the",
      "                stack's addresses to it. Needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF",
      "  memory:FILE   another process that maps the same file, such as 'twinpath bench'"
    })
final class ServeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "The directory to serve (default: the current one).")
  private Path root;

  @Option(
      names = "--http",
      paramLabel = "PORT",
      defaultValue = "8080",
      converter = Port.class,
      description = "HTTP port; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  private int http;

  @Option(
      names = "--ftp",
      paramLabel = "PORT",
      defaultValue = "2121",
      converter = Port.class,
      description = "FTP port; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  private int ftp;

  @Option(names = "--no-ftp", description = "Do not serve FTP.")
  private boolean noFtp;

  @Option(
      names = "--ftp-passive-ports",
      paramLabel = "FIRST-LAST",
      defaultValue = "any",
      converter = Ports.class,
      description =
          "Ports of FTP's data connections, for a firewall to let in (default: ${DEFAULT-VALUE}).")
  private PortRange passivePorts;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      defaultValue = "9090",
      converter = Port.class,
      description =
          "Port of metrics, health, switch and live page, on 127.0.0.1 only (default: ${DEFAULT-VALUE}).")
  private int admin;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "0.0.0.0",
      converter = BindAddress.class,
      description = "Address of the kernel's HTTP and FTP listeners (default: ${DEFAULT-VALUE}).")
  private InetAddress bind;

  @Option(
      names = "--path",
      paramLabel = "PATH",
      defaultValue = "sendfile",
      converter = PathName.class,
      description =
          "The active path at the start: sendfile or userstack (default: ${DEFAULT-VALUE}).")
  private DataPath path;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "The kernel path's transport: auto, io_uring, epoll or nio (default: ${DEFAULT-VALUE}).")
  private String transport;

  @Option(
      names = "--wire",
      paramLabel = "WIRE",
      defaultValue = "gateway",
      converter = Wire.class,
      description =
          "The user path's wire: gateway, tap:NAME, packet:IFACE, xdp:IFACE or memory:FILE"
              + " (default: ${DEFAULT-VALUE}).")
  private WireSpec wire;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS/LEN",
      converter = Address.class,
      description =
          "An address of the user stack on its wire, IPv4 or IPv6, such as 10.0.0.2/24 or"
              + " fd00::2/64; may be repeated.")
  private List<StackAddress> addresses = List.of();

  @Option(
      names = "--route",
      paramLabel = "NET:HOP",
      converter = Route.class,
      description =
          "A route of the user stack, such as default:10.0.0.1 or 2001:db8::/32:fd00::1; may be"
              + " repeated.")
  private List<StackRoute> routes = List.of();

  @Option(
      names = "--congestion-control",
      paramLabel = "NAME",
      defaultValue = "cubic",
      converter = CongestionControlName.class,
      description =
          "Of the user stack's connections: cubic, reno, or bbr, which paces"
              + " (default: ${DEFAULT-VALUE}). The kernel path has the kernel's own.")
  private String congestionControl;

  @Option(
      names = "--nic-thread",
      description =
          "Give the user path's simulated NIC a thread of its own, for a machine with a core to"
              + " spare; otherwise it works on the event loops' threads.")
  private boolean nicThread;

  @Option(
      names = "--link",
      paramLabel = "SPEC",
      converter = LinkSpec.class,
      description =
          "Model a line of the user path's wire, both directions:"
              + " rate=1gbit,delay=1ms,pcie=900ns,mtu=1500,fifo=512KiB,tx-fifo=160KiB,pause=on.")
  private LinkModel link;

  @Option(
      names = "--impair",
      paramLabel = "SPEC",
      converter = ImpairmentSpec.class,
      description =
          "Impair the user path's wire, to see how the stack copes:"
              + " loss=2%%,reorder=1%%,duplicate=1%%,corrupt=0.1%%,delay=1ms,jitter=200us,rate=100mbit,seed=42;"
              + " burst-loss=1%%/25%% loses in bursts: the chance that one begins, and that it ends.")
  private Impairment impairment;

  @Option(
      names = "--capture",
      paramLabel = "FILE",
      description = "Write all frames of the user path's wire to a pcapng file.")
  private Path capture;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      description = "Event loops of each path (default: one for each processor).")
  private int eventLoops = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description =
          "How long a shutdown waits for transfers under way (default: ${DEFAULT-VALUE}).")
  private int drain;

  @Override
  public Integer call() throws CommandFailure, InterruptedException {
    ServerConfig config = config();
    AtomicReference<TwinpathServer> started = new AtomicReference<>();
    CountDownLatch starting = new CountDownLatch(1);
    Thread shutdown = new Thread(() -> shutDown(started, starting), "shutdown");
    // Before the start, so that a signal that comes early finds it; it waits for the start to end.
    Runtime.getRuntime().addShutdownHook(shutdown);
    try {
      started.set(TwinpathServer.start(config));
    } catch (StartException e) {
      Runtime.getRuntime().removeShutdownHook(shutdown);
      throw new CommandFailure(e.getMessage(), e);
    } finally {
      starting.countDown();
    }
    announce(started.get());
    new CountDownLatch(1).await();
    return 0;
  }

  /** Halting from the hook gives exit code 0: a shutdown that was asked for is a success. */
  private static void shutDown(AtomicReference<TwinpathServer> started, CountDownLatch starting) {
    try {
      starting.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    TwinpathServer server = started.get();
    if (server != null) {
      server.close();
      Runtime.getRuntime().halt(0);
    }
  }

  private ServerConfig config() {
    if (eventLoops < 1) {
      throw new ParameterException(spec.commandLine(), "--event-loops must be at least 1");
    }
    if (drain < 0) {
      throw new ParameterException(spec.commandLine(), "--drain must not be negative");
    }
    return ServerConfig.builder(root)
        .bind(bind)
        .httpPort(http)
        .ftpPort(noFtp ? -1 : ftp)
        .ftp(FtpLimits.DEFAULTS.withPassivePorts(passivePorts))
        .adminPort(admin)
        .eventLoops(eventLoops)
        .initialPath(path)
        .transport(transport)
        .wire(wire)
        .addresses(addresses)
        .routes(routes)
        .congestionControl(congestionControl)
        .nicThread(nicThread)
        .link(link)
        .impairment(impairment)
        .capture(capture)
        .drain(Duration.ofSeconds(drain))
        .build();
  }

  private void announce(TwinpathServer server) {
    PrintWriter out = spec.commandLine().getOut();
    out.println("twinpath serves " + server.context().content().root());
    out.println("  http   " + url("http", server.httpAddress()));
    server
        .userHttpAddresses()
        .forEach(a -> out.println("  http   " + url("http", a) + " on the user path"));
    server.ftpAddress().ifPresent(a -> out.println("  ftp    " + url("ftp", a)));
    out.println("  admin  " + url("http", server.adminAddress()));
    out.println(
        "  path   "
            + server.context().paths().active()
            + "; kernel transport "
            + server.transport().transport().label()
            + " ("
            + server.transport().reason()
            + ")");
    out.flush();
  }

  private static String url(String scheme, InetSocketAddress address) {
    boolean any = address.getAddress().isAnyLocalAddress();
    String where = any ? "127.0.0.1:" + address.getPort() : Addresses.text(address);
    return scheme + "://" + where + "/";
  }

  /** 0..65535. */
  static final class Port implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65535) {
        throw new TypeConversionException("'" + text + "' is not a port: 0 to 65535");
      }
      return Integer.valueOf(text);
    }
  }

  /** A range of ports. */
  static final class Ports implements ITypeConverter<PortRange> {
    @Override
    public PortRange convert(String text) {
      return parsed(() -> PortRange.parse(text));
    }
  }

  /** A literal address. */
  static final class BindAddress implements ITypeConverter<InetAddress> {
    @Override
    public InetAddress convert(String text) {
      return parsed(() -> Addresses.parse(text));
    }
  }

  /** A data path. */
  static final class PathName implements ITypeConverter<DataPath> {
    @Override
    public DataPath convert(String text) {
      return DataPath.parse(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + text + "' is not a path: sendfile or userstack"));
    }
  }

  /** A congestion control of the user stack. */
  static final class CongestionControlName implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!StackConfig.CONGESTION_CONTROLS.contains(text)) {
        throw new TypeConversionException(StackConfig.noSuchCongestionControl(text));
      }
      return text;
    }
  }

  /** A wire. */
  static final class Wire implements ITypeConverter<WireSpec> {
    @Override
    public WireSpec convert(String text) {
      return parsed(() -> WireSpec.parse(text));
    }
  }

  /** A stack's address. */
  static final class Address implements ITypeConverter<StackAddress> {
    @Override
    public StackAddress convert(String text) {
      return parsed(() -> StackAddress.parse(text));
    }
  }

  /** What line the wire is like. */
  static final class LinkSpec implements ITypeConverter<LinkModel> {
    @Override
    public LinkModel convert(String text) {
      return parsed(() -> LinkModel.parse(text));
    }
  }

  /** What the wire does to frames. */
  static final class ImpairmentSpec implements ITypeConverter<Impairment> {
    @Override
    public Impairment convert(String text) {
      return parsed(() -> Impairment.parse(text));
    }
  }

  /** A stack's route. */
  static final class Route implements ITypeConverter<StackRoute> {
    @Override
    public StackRoute convert(String text) {
      return parsed(() -> StackRoute.parse(text));
    }
  }

  private static <T> T parsed(java.util.function.Supplier<T> parse) {
    try {
      return parse.get();
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  /** For tests. */
  static ServerConfig parse(String... args) {
    ServeCommand command = new ServeCommand();
    new CommandLine(command).parseArgs(args);
    return command.config();
  }
}
