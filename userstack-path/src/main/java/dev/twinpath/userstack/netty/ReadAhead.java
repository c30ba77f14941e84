package dev.twinpath.userstack.netty;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads cold pages into memory on threads of its own, so that event loops never wait for a disk.
 * Any thread.
 */
final class ReadAhead implements AutoCloseable {
  private static final int THREADS = 2;
  private static final long KEEP_ALIVE_SECONDS = 10;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final LongAdder chunks = new LongAdder();
  private final ThreadPoolExecutor executor;

  ReadAhead() {
    executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            KEEP_ALIVE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "read-ahead-" + NUMBER.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /**
   * Reads chunks of a file.
   *
   * @param file retained until done
   * @param first first chunk
   * @param last last chunk
   * @param done runs on the reading thread afterwards; null = nothing
   */
  void read(MappedFile file, int first, int last, Runnable done) {
    file.retain();
    try {
      executor.execute(() -> readNow(file, first, last, done));
    } catch (RejectedExecutionException e) {
      // Closed: the stack has no loops any more, so nobody waits.
      file.release();
    }
  }

  private void readNow(MappedFile file, int first, int last, Runnable done) {
    try {
      for (int chunk = first; chunk <= last; chunk++) {
        if (!file.residency().known(chunk, System.nanoTime())) {
          file.residency().populate(chunk);
          chunks.increment();
        }
      }
    } finally {
      file.release();
      if (done != null) {
        done.run();
      }
    }
  }

  /** Chunks read so far. */
  long chunksRead() {
    return chunks.sum();
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
