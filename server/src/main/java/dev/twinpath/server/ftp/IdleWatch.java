package dev.twinpath.server.ftp;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Ends a session in which nothing happens: no command, and no progress of a transfer. A slow client
 * is not an idle one, so progress counts however small. On the session's loop only.
 */
final class IdleWatch {
  /** How often progress is looked at within the idle time. */
  private static final int LOOKS = 8;

  private final EventExecutor loop;
  private final LongSupplier clock;
  private final LongSupplier progress;
  private final long timeoutNanos;
  private final Runnable timedOut;
  private Future<?> timer;
  private long lastActivity;
  private long lastProgress;

  /**
   * @param clock nanoseconds that only go forward
   * @param progress a number that changes whenever a transfer moves
   * @param timedOut called once, after which this watch rests
   */
  IdleWatch(
      EventExecutor loop,
      LongSupplier clock,
      LongSupplier progress,
      Duration timeout,
      Runnable timedOut) {
    this.loop = loop;
    this.clock = clock;
    this.progress = progress;
    this.timeoutNanos = timeout.toNanos();
    this.timedOut = timedOut;
    active();
    schedule();
  }

  /** A command begins. */
  void active() {
    lastActivity = clock.getAsLong();
  }

  void stop() {
    timer.cancel(false);
  }

  private void schedule() {
    long interval = Math.max(1, timeoutNanos / LOOKS);
    timer = loop.schedule(this::look, interval, TimeUnit.NANOSECONDS);
  }

  private void look() {
    long moved = progress.getAsLong();
    if (moved != lastProgress) {
      lastProgress = moved;
      active();
    }
    if (clock.getAsLong() - lastActivity >= timeoutNanos) {
      timedOut.run();
    } else {
      schedule();
    }
  }
}
