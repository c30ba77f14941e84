package dev.twinpath.server.content;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that may wait for the disk, so that no event loop has to. Bounded in threads and in
 * queue: when the disk is too slow, a request is refused rather than remembered for ever.
 */
final class BlockingWork implements Executor, AutoCloseable {
  private static final int THREADS = 4;
  private static final int QUEUE = 8192;
  private static final long IDLE_SECONDS = 30;

  private final AtomicInteger number = new AtomicInteger();
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUE),
          this::newThread);

  BlockingWork() {
    pool.allowCoreThreadTimeOut(true);
  }

  private Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "content-" + number.getAndIncrement());
    thread.setDaemon(true);
    return thread;
  }

  /** Runs it away from the caller; false if there is no room, or after close. */
  boolean offer(Runnable work) {
    try {
      pool.execute(work);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Runs it away from the caller, or here if there is no room: for what must not be lost. */
  @Override
  public void execute(Runnable work) {
    if (!offer(work)) {
      work.run();
    }
  }

  @Override
  public void close() {
    pool.shutdown();
    boolean interrupted = false;
    try {
      pool.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
