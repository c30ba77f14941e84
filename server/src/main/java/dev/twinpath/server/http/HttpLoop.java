package dev.twinpath.server.http;

import dev.twinpath.server.ServerContext;
import dev.twinpath.server.config.HttpLimits;
import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.path.PathService;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What all HTTP connections of one event loop share: clock, counters, scratch memory, and the sweep
 * that watches their deadlines. One sweep a second for all costs less than a timer for each
 * request. Used on its loop only.
 */
final class HttpLoop {
  private static final int SCRATCH_BYTES = 64 * 1024;
  private static final Duration LONGEST_SWEEP = Duration.ofSeconds(1);
  private static final Duration SHORTEST_SWEEP = Duration.ofMillis(10);

  final ServerContext server;
  final PathService path;
  final EventLoop eventLoop;
  final LoopRecorder recorder;
  final HttpLimits limits;
  final ServerClock clock = new ServerClock();
  final StaticFiles files;

  private final List<HttpConnection> connections = new ArrayList<>();
  private final byte[] scratch = new byte[SCRATCH_BYTES];
  private boolean sweeping;

  HttpLoop(ServerContext server, PathService path, EventLoop eventLoop) {
    this.server = server;
    this.path = path;
    this.eventLoop = eventLoop;
    this.recorder = path.recorder(eventLoop);
    this.limits = server.config().http();
    this.files = new StaticFiles(this);
  }

  /** Memory for the bytes of one read, valid until the handler returns. */
  byte[] scratch(int bytes) {
    return bytes <= scratch.length ? scratch : new byte[bytes];
  }

  void add(HttpConnection connection) {
    connection.sweepIndex = connections.size();
    connections.add(connection);
    if (!sweeping) {
      sweeping = true;
      scheduleSweep();
    }
  }

  void remove(HttpConnection connection) {
    int index = connection.sweepIndex;
    HttpConnection last = connections.remove(connections.size() - 1);
    if (last != connection) {
      connections.set(index, last);
      last.sweepIndex = index;
    }
  }

  private void scheduleSweep() {
    long shortest =
        Math.min(
            limits.headDeadline().toNanos(),
            Math.min(limits.idle().toNanos(), limits.stall().toNanos()));
    long period =
        Math.max(SHORTEST_SWEEP.toNanos(), Math.min(LONGEST_SWEEP.toNanos(), shortest / 4));
    eventLoop.schedule(this::sweep, period, TimeUnit.NANOSECONDS);
  }

  private void sweep() {
    clock.update();
    long now = System.nanoTime();
    // Backwards: a connection that closes takes itself out, and the last one takes its place.
    for (int i = connections.size() - 1; i >= 0; i--) {
      if (i < connections.size()) {
        connections.get(i).sweep(now);
      }
    }
    sweeping = !connections.isEmpty();
    if (sweeping) {
      scheduleSweep();
    }
  }
}
