package dev.twinpath.server;

import dev.twinpath.nic.capture.Capture;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.server.admin.AdminContext;
import dev.twinpath.server.admin.UserStackConnections;
import dev.twinpath.server.admin.UserStackTotals;
import dev.twinpath.server.admin.UserStackTraces;
import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.path.DataPath;
import java.net.InetSocketAddress;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the admin port sees of a server. */
final class ServerAdmin implements AdminContext {
  private static final Logger LOG = LoggerFactory.getLogger(ServerAdmin.class);

  private final TwinpathServer server;
  private Optional<UserStackTraces> traces = Optional.empty();

  ServerAdmin(TwinpathServer server) {
    this.server = server;
  }

  @Override
  public List<String> notReady() {
    if (server.context().connections().draining()) {
      return List.of("shutting down");
    }
    return server.ready() ? List.of() : List.of("starting");
  }

  @Override
  public DataPath activePath() {
    return server.context().paths().active();
  }

  @Override
  public Optional<String> unavailable(DataPath path) {
    return path == DataPath.SENDFILE ? Optional.empty() : server.userPathUnavailable();
  }

  @Override
  public Optional<String> activate(DataPath path, String who) {
    Optional<String> refusal = unavailable(path);
    if (refusal.isEmpty()) {
      DataPath before = server.context().paths().activate(path);
      if (before != path) {
        LOG.info("new connections take {} instead of {}, asked for by {}", path, before, who);
      }
    }
    return refusal;
  }

  @Override
  public Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("root", server.context().content().root().toString());
    status.put("http", text(server.httpAddress()));
    server.userHttpAddress().ifPresent(address -> status.put("userHttp", text(address)));
    server.ftpAddress().ifPresent(address -> status.put("ftp", text(address)));
    status.put("activePath", activePath().label());
    status.put("wire", server.config().wire().toString());
    status.put("transport", server.transport().transport().label());
    status.put("transportReason", server.transport().reason());
    status.put("eventLoops", server.config().eventLoops());
    status.put("connections", server.context().connections().count());
    status.put("openFiles", server.context().content().openFiles());
    status.put("cachedBytes", server.context().content().cachedBytes());
    server
        .userPath()
        .ifPresent(path -> status.put("services", ServiceTable.of(path.stack().config())));
    return status;
  }

  @Override
  public CompletionStage<List<Map<String, Object>>> connections() {
    return server
        .userPath()
        .map(path -> UserStackConnections.of(path.stack(), path.group()))
        .orElseGet(() -> CompletableFuture.completedFuture(List.of()));
  }

  @Override
  public CompletionStage<Map<String, Object>> sockets() {
    return server
        .userPath()
        .map(path -> UserStackConnections.all(path.stack(), path.group()))
        .orElseGet(
            () ->
                CompletableFuture.completedFuture(
                    Map.of(
                        "connections", List.of(), "listeners", List.of(), "timeWait", List.of())));
  }

  @Override
  public List<Map<String, Object>> counters() {
    return server.userPath().map(path -> UserStackTotals.of(path.stack())).orElse(List.of());
  }

  @Override
  public synchronized Optional<UserStackTraces> traces() {
    if (traces.isEmpty()) {
      traces = server.userPath().map(path -> new UserStackTraces(path.stack(), path.group()));
    }
    return traces;
  }

  @Override
  public Capture startCapture(CaptureOptions options, WritableByteChannel out) {
    return server.captures().start(options, out);
  }

  private static String text(InetSocketAddress address) {
    return Addresses.text(address);
  }
}
