package dev.twinpath.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The comparison of the two paths of one server, in the private network of {@link PrivateNetwork}.
 * This process is in the server's namespace already; the generator gets one of its own.
 */
public final class PathComparison implements AutoCloseable {
  private static final int HTTP_PORT = 8080;
  private static final int ADMIN_PORT = 9090;
  private static final int IDLE_SECONDS = 2;

  private final Plan plan;
  private final Consumer<String> progress;
  private final AgentGenerator generator;
  private final ServerProcess server;
  private final Side kernel = new Side("sendfile", http(PrivateNetwork.KERNEL_ADDRESS));
  private final Side user = new Side("userstack", http(PrivateNetwork.STACK_ADDRESS));
  private final CompareRunner runner;
  private final String topology;

  private PathComparison(
      Plan plan,
      CpuShare share,
      AgentGenerator generator,
      ServerProcess server,
      String congestionControl,
      Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
    this.generator = generator;
    this.server = server;
    CpuMeter meter = CpuMeter.of(server.pid(), server.admin());
    this.runner = new CompareRunner(plan, kernel, user, generator, meter, meter, progress);
    this.topology =
        "one server process, one generator process and its kernel client in another network"
            + " namespace; sendfile over veth ("
            + congestionControl
            + "), userstack over TAP; "
            + share;
  }

  private static URI http(String address) {
    return URI.create("http://" + address + ":" + HTTP_PORT);
  }

  /**
   * Starts generator and server and joins them.
   *
   * @param congestionControl of both paths, or {@code host} for what the machine has on the
   *     kernel's
   * @param options further options of {@code serve}
   */
  public static PathComparison prepare(
      Path directory,
      Plan plan,
      CpuShare share,
      String congestionControl,
      List<String> options,
      Consumer<String> progress)
      throws IOException, InterruptedException {
    progress.accept("starting the generator and the server");
    String control = PrivateNetwork.congestionControl(congestionControl);
    List<String> command = new ArrayList<>(List.of("unshare", "--net"));
    command.addAll(JavaCommand.loadgen(List.of("bench", "agent")));
    ProcessBuilder builder =
        new ProcessBuilder(ChildProcess.wrap(share.generator(), command))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    AgentGenerator generator = AgentGenerator.of(builder.start());
    ServerProcess server = null;
    try {
      PrivateNetwork.connectKernelPath(generator.pid(), control);
      server = startServer(directory, share, congestionControl, options);
      PrivateNetwork.connectUserPath(generator.pid());
      return new PathComparison(plan, share, generator, server, control, progress);
    } catch (IOException | InterruptedException | RuntimeException e) {
      if (server != null) {
        server.close();
      }
      generator.close();
      throw e;
    }
  }

  private static ServerProcess startServer(
      Path directory, CpuShare share, String congestionControl, List<String> options)
      throws IOException, InterruptedException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--http",
                String.valueOf(HTTP_PORT),
                "--ftp",
                "2121",
                "--bind",
                PrivateNetwork.KERNEL_ADDRESS,
                "--event-loops",
                String.valueOf(share.eventLoops()),
                "--path",
                "sendfile",
                "--wire",
                "tap:" + PrivateNetwork.TAP,
                "--address",
                PrivateNetwork.STACK_ADDRESS + "/24"));
    if (!congestionControl.equals("host")) {
      all.addAll(List.of("--congestion-control", congestionControl));
    }
    all.addAll(options);
    return ServerProcess.start(directory, ADMIN_PORT, share.server(), all);
  }

  /** Does the comparison. */
  public Comparison run() throws IOException, InterruptedException {
    Instant startedAt = Instant.now();
    progress.accept("the server at rest");
    double before = ProcessCpu.ofTree(server.pid());
    TimeUnit.SECONDS.sleep(IDLE_SECONDS);
    double idle = (ProcessCpu.ofTree(server.pid()) - before) / IDLE_SECONDS;
    List<ScenarioResult> results = runner.run();
    return new Comparison(startedAt, kernel, user, plan, topology, idle, services(), results);
  }

  private JsonNode services() {
    try {
      return new ObjectMapper().readTree(server.admin().get("/api/status")).path("services");
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /** Ends early; from any thread. */
  public void stop() {
    runner.stop();
  }

  @Override
  public void close() throws IOException {
    try {
      generator.close();
    } finally {
      server.close();
    }
  }
}
