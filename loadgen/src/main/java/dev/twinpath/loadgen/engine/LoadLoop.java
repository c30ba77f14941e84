package dev.twinpath.loadgen.engine;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One thread of a run: its connections, its share of the schedule, its counters.
 *
 * <p>Closed loop: a connection begins its next request when the last is answered. Open loop: the
 * {@link Pacer} says when a request is due, and the connection that has been free for longest takes
 * it; when none is free the request waits, and its latency counts from when it was due.
 *
 * <p>Everything happens on the event loop.
 */
final class LoadLoop implements PacedIoHandler.Schedule {
  private static final long SWEEP_MILLIS = 20;
  private static final long RETRY_MILLIS = 10;

  private final LoadSpec spec;
  private final RunClock clock;
  private final Pacer pacer;
  private final LoadRecorder recorder;
  private final HeadReader heads = new HeadReader();
  private final SocketFactory sockets;
  private final List<ClientConnection> connections = new ArrayList<>();
  private final ArrayDeque<ClientConnection> free = new ArrayDeque<>();
  private final CompletableFuture<Ended> ended = new CompletableFuture<>();
  private final CompletableFuture<Void> measureStarted = new CompletableFuture<>();
  private final CompletableFuture<Void> measureEnded = new CompletableFuture<>();
  private EventLoop eventLoop;
  private Future<?> sweep;
  private ThreadUsage usageAtStart;
  private ThreadUsage usageAtEnd;
  private long endNanos;
  private long hashed;
  private boolean running;
  private boolean ending;

  /**
   * How a loop ended.
   *
   * @param usage the thread's usage over the measured time
   * @param endNanos when the measured time ended
   */
  record Ended(ThreadUsage usage, long endNanos) {}

  LoadLoop(LoadSpec spec, RunClock clock, int number) {
    this.spec = spec;
    this.clock = clock;
    this.recorder = new LoadRecorder(spec.openLoop(), clock.measureStart(), clock.measureEnd());
    this.sockets = new SocketFactory(spec);
    this.pacer =
        spec.openLoop()
            ? new Pacer(
                new ConstantRate(clock.start(), spec.rate(), number, spec.threads()),
                clock.measureEnd())
            : null;
  }

  LoadSpec spec() {
    return spec;
  }

  LoadRecorder recorder() {
    return recorder;
  }

  HeadReader heads() {
    return heads;
  }

  /** Completes when the warm-up is over. */
  CompletableFuture<Void> measureStarted() {
    return measureStarted;
  }

  /** Completes when the measured time is over; what is in flight may still be answered. */
  CompletableFuture<Void> measureEnded() {
    return measureEnded;
  }

  /** Completes when the loop has come to its end. */
  CompletableFuture<Ended> ended() {
    return ended;
  }

  /** Returns the requests in flight; a stale value on another thread. */
  int inFlight() {
    int count = 0;
    for (ClientConnection connection : connections) {
      count += connection.inFlightCount();
    }
    return count;
  }

  /** Adds a connection, before the start. */
  void add(List<ResolvedTarget> targets, int firstTarget) {
    connections.add(new ClientConnection(this, targets, firstTarget));
  }

  /** Begins the load. On the event loop. */
  void start(EventLoop loop) {
    eventLoop = loop;
    // In this order, so that a thread that is late from the start still begins before it ends.
    at(clock.start(), this::begin);
    at(clock.measureStart(), this::startMeasuring);
    at(clock.measureEnd(), this::end);
    sweep =
        loop.scheduleAtFixedRate(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
    running = true;
  }

  private void startMeasuring() {
    usageAtStart = ThreadUsage.ofCurrentThread();
    measureStarted.complete(null);
  }

  private void begin() {
    long now = System.nanoTime();
    for (ClientConnection connection : connections) {
      connection.startAt(now);
      advance(connection, now);
    }
  }

  private void at(long nanos, Runnable task) {
    long delay = Math.max(0, nanos - System.nanoTime());
    eventLoop.schedule(task, delay, TimeUnit.NANOSECONDS);
  }

  /** Ends the run early; from any thread. */
  void stop() {
    if (!ended.isDone()) {
      eventLoop.execute(this::end);
    }
  }

  private void end() {
    if (ending) {
      return;
    }
    ending = true;
    endNanos = System.nanoTime();
    usageAtEnd = ThreadUsage.ofCurrentThread();
    measureStarted.complete(null);
    measureEnded.complete(null);
    if (endNanos - clock.measureEnd() < 0) {
      recorder.endAt(endNanos);
      if (pacer != null) {
        pacer.endAt(endNanos);
      }
    } else {
      endNanos = clock.measureEnd();
    }
    at(System.nanoTime() + spec.drainNanos(), this::finish);
    finishWhenDrained();
  }

  private void finishWhenDrained() {
    boolean backlog = pacer != null && pacer.due(System.nanoTime());
    if (ending && !backlog && inFlight() == 0) {
      finish();
    }
  }

  private void finish() {
    if (!running) {
      return;
    }
    running = false;
    sweep.cancel(false);
    long now = System.nanoTime();
    for (ClientConnection connection : connections) {
      connection.abandon(now);
    }
    while (pacer != null && pacer.due(now)) {
      recorder.unanswered(pacer.take(), false, now);
    }
    sockets.closeLingering();
    ThreadUsage from = usageAtStart == null ? usageAtEnd : usageAtStart;
    ended.complete(new Ended(usageAtEnd.minus(from), endNanos));
  }

  /** Gives the receive buffer back, after the event loop has ended. */
  void release() {
    sockets.release();
  }

  ChannelFuture connect(ClientConnection connection, InetSocketAddress address) {
    return sockets.connect(eventLoop, connection, address);
  }

  void linger(Channel channel, long now) {
    sockets.linger(channel, now);
  }

  void retryLater(ClientConnection connection) {
    eventLoop.schedule(connection::retry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Something happened on this connection: it may be able to take another request. */
  void advance(ClientConnection connection, long now) {
    if (!running) {
      return;
    }
    if (pacer == null) {
      while (!ending && connection.accepts()) {
        connection.begin(now, now);
      }
      connection.flush();
    } else {
      offer(connection);
      pump();
    }
    connection.resend();
  }

  private void offer(ClientConnection connection) {
    if (connection.accepts() && !connection.noted()) {
      connection.noted(true);
      free.add(connection);
    }
  }

  /** Sends what is due, as long as a connection is free. */
  private void pump() {
    while (!free.isEmpty()) {
      long now = System.nanoTime();
      if (!pacer.due(now)) {
        return;
      }
      ClientConnection connection = free.poll();
      connection.noted(false);
      connection.begin(pacer.take(), now);
      connection.flush();
      offer(connection);
    }
  }

  /** The time-outs; and, after the end, whether all is answered. */
  private void sweep() {
    long now = System.nanoTime();
    for (ClientConnection connection : connections) {
      if (connection.busy() && now - connection.lastProgressNanos() > spec.timeoutNanos()) {
        connection.timedOut(now);
      }
    }
    sockets.sweep(now);
    finishWhenDrained();
  }

  /** Returns whether the body that begins now is to be hashed. */
  boolean hashThis() {
    return hashed++ % spec.verifyEvery() == 0;
  }

  @Override
  public long nextDeadlineNanos() {
    return running && !free.isEmpty() ? pacer.nextIntendedNanos() : Pacer.NEVER;
  }

  @Override
  public void run() {
    if (running) {
      pump();
    }
  }
}
