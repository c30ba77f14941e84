package dev.twinpath.server.admin;

import dev.twinpath.nic.capture.Capture;
import dev.twinpath.nic.capture.CaptureOptions;
import dev.twinpath.nic.capture.CapturePoint;
import dev.twinpath.nic.capture.Captures;
import dev.twinpath.server.path.DataPath;
import java.lang.foreign.Arena;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server that exists only as far as the admin port looks. */
final class FakeContext implements AdminContext {
  final List<String> notReady = new CopyOnWriteArrayList<>();
  final List<String> flips = new CopyOnWriteArrayList<>();
  volatile DataPath active = DataPath.SENDFILE;
  volatile Optional<String> userstackUnavailable = Optional.empty();
  final CapturePoint point = new CapturePoint(Arena.ofAuto());
  final Captures captures = new Captures(List.of(point));
  volatile List<Map<String, Object>> connections = new ArrayList<>();

  @Override
  public List<String> notReady() {
    return notReady;
  }

  @Override
  public DataPath activePath() {
    return active;
  }

  @Override
  public Optional<String> unavailable(DataPath path) {
    return path == DataPath.USERSTACK ? userstackUnavailable : Optional.empty();
  }

  @Override
  public Optional<String> activate(DataPath path, String who) {
    Optional<String> reason = unavailable(path);
    if (reason.isEmpty()) {
      active = path;
      flips.add(path + " by " + who);
    }
    return reason;
  }

  @Override
  public Map<String, Object> status() {
    return Map.of("root", "/srv/files");
  }

  @Override
  public CompletionStage<List<Map<String, Object>>> connections() {
    return CompletableFuture.supplyAsync(() -> connections);
  }

  @Override
  public CompletionStage<Map<String, Object>> sockets() {
    return CompletableFuture.supplyAsync(
        () ->
            Map.of(
                "connections",
                connections,
                "listeners",
                List.of(Map.of("state", "LISTEN", "local", "*:8080")),
                "timeWait",
                List.of()));
  }

  @Override
  public List<Map<String, Object>> counters() {
    return List.of(
        Map.of("name", "SEGMENTS_IN", "kernelName", "TcpInSegs", "value", 7),
        Map.of("name", "FRAMES_IN", "value", 9),
        Map.of("name", "TIMEOUTS", "value", 0));
  }

  @Override
  public Optional<UserStackTraces> traces() {
    return Optional.empty();
  }

  @Override
  public Capture startCapture(CaptureOptions options, WritableByteChannel out) {
    return captures.start(options, out, task -> new Thread(task, "capture-test").start());
  }
}
