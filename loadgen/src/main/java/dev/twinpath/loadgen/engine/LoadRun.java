package dev.twinpath.loadgen.engine;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A run of the load generator, from start to result.
 *
 * <p>Thread-safe: {@link #stop()} and {@link #progress()} may be called from any thread.
 */
public final class LoadRun {
  private static final long LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final LoadSpec spec;
  private final List<List<ResolvedTarget>> origins;
  private final RunClock clock;
  private final Instant startedAt = Instant.now();
  private final List<LoadLoop> loops = new ArrayList<>();
  private final List<MultiThreadIoEventLoopGroup> groups = new ArrayList<>();
  private volatile boolean stopped;

  private LoadRun(LoadSpec spec, List<List<ResolvedTarget>> origins) {
    this.spec = spec;
    this.origins = origins;
    this.clock = RunClock.startingAt(System.nanoTime() + LEAD_NANOS, spec);
    for (int i = 0; i < spec.threads(); i++) {
      loops.add(new LoadLoop(spec, clock, i));
    }
    for (int i = 0; i < spec.connections(); i++) {
      List<ResolvedTarget> targets = origins.get(i % origins.size());
      loops.get(i % spec.threads()).add(targets, i / origins.size());
    }
    IoHandlerFactory plain = spec.transport().ioHandlerFactory();
    for (LoadLoop loop : loops) {
      IoHandlerFactory factory = spec.openLoop() ? PacedIoHandler.factory(plain, loop) : plain;
      groups.add(
          new MultiThreadIoEventLoopGroup(
              1, new DefaultThreadFactory("twinpath-bench", true), factory));
    }
  }

  /**
   * Starts a run.
   *
   * @throws UnknownHostException when the host of a target has no address
   * @throws IllegalArgumentException when there are fewer connections than different servers
   * @throws IllegalStateException when the transport is not available
   */
  public static LoadRun start(LoadSpec spec) throws UnknownHostException {
    LoadRun run = new LoadRun(spec, origins(spec));
    for (int i = 0; i < run.loops.size(); i++) {
      LoadLoop loop = run.loops.get(i);
      EventLoop eventLoop = run.groups.get(i).next();
      eventLoop.execute(() -> loop.start(eventLoop));
    }
    return run;
  }

  private static List<List<ResolvedTarget>> origins(LoadSpec spec) throws UnknownHostException {
    Map<InetSocketAddress, List<ResolvedTarget>> origins = new LinkedHashMap<>();
    for (TargetSpec target : spec.targets()) {
      ResolvedTarget resolved = ResolvedTarget.of(target, spec.keepAlive());
      List<ResolvedTarget> same =
          origins.computeIfAbsent(resolved.address, address -> new ArrayList<>());
      if (!same.isEmpty() && same.get(0).head != resolved.head) {
        throw new IllegalArgumentException("HEAD cannot be mixed with other methods");
      }
      same.add(resolved);
    }
    if (origins.size() > spec.connections()) {
      throw new IllegalArgumentException(
          origins.size()
              + " servers need as many connections, but there are only "
              + spec.connections());
    }
    return List.copyOf(origins.values());
  }

  /** Ends the run early: what was measured so far is the result. */
  public void stop() {
    stopped = true;
    loops.forEach(LoadLoop::stop);
  }

  /** Returns how far the run is. */
  public LoadProgress progress() {
    Counts counts = Counts.NONE;
    int inFlight = 0;
    for (LoadLoop loop : loops) {
      counts = counts.plus(loop.recorder().total.snapshot());
      inFlight += loop.inFlight();
    }
    return new LoadProgress(System.nanoTime() - clock.start(), counts, inFlight);
  }

  /** Waits for the end of the run, which is bounded by its own duration, and returns the result. */
  public LoadResult await() throws InterruptedException {
    return await(PhaseListener.NONE);
  }

  /**
   * The same, telling the listener on the calling thread when the measured time begins and ends.
   */
  public LoadResult await(PhaseListener listener) throws InterruptedException {
    List<ThreadUsage> usage = new ArrayList<>();
    long end = clock.measureEnd();
    try {
      loops.forEach(loop -> loop.measureStarted().join());
      listener.measureStarted();
      loops.forEach(loop -> loop.measureEnded().join());
      listener.measureEnded();
      for (LoadLoop loop : loops) {
        LoadLoop.Ended ended = loop.ended().join();
        usage.add(ended.usage());
        end = Math.min(end, ended.endNanos());
      }
    } finally {
      shutDown();
    }
    return result(usage, Math.max(0, end - clock.measureStart()));
  }

  private void shutDown() throws InterruptedException {
    groups.forEach(group -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS));
    for (int i = 0; i < groups.size(); i++) {
      if (groups.get(i).awaitTermination(10, TimeUnit.SECONDS)) {
        loops.get(i).release();
      }
    }
    if (groups.stream().allMatch(MultiThreadIoEventLoopGroup::isTerminated)) {
      origins.forEach(targets -> targets.forEach(ResolvedTarget::release));
    }
  }

  private LoadResult result(List<ThreadUsage> usage, long measuredNanos) {
    Counts total = Counts.NONE;
    Counts measured = Counts.NONE;
    Latencies latencies = Latencies.empty();
    long censored = 0;
    long abandoned = 0;
    for (LoadLoop loop : loops) {
      LoadRecorder recorder = loop.recorder();
      total = total.plus(recorder.total.snapshot());
      measured = measured.plus(recorder.measured.snapshot());
      latencies.add(recorder.latencies);
      censored += recorder.censored;
      abandoned += recorder.abandoned;
    }
    return new LoadResult(
        spec,
        startedAt,
        stopped,
        measuredNanos,
        total,
        measured,
        latencies,
        usage,
        censored,
        abandoned);
  }
}
