package dev.twinpath.loadgen;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes Ctrl-C and SIGTERM end a piece of work early rather than at once: the JVM waits until
 * {@link #close()}, so that the report can be written and what was made can be removed.
 */
final class EarlyEnd implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook;

  private EarlyEnd(Runnable stop) {
    hook =
        Thread.ofPlatform()
            .name("twinpath-early-end")
            .unstarted(
                () -> {
                  stop.run();
                  awaitClosed();
                });
  }

  /** Calls {@code stop} once when the process is told to end. */
  static EarlyEnd onInterrupt(Runnable stop) {
    EarlyEnd end = new EarlyEnd(stop);
    Runtime.getRuntime().addShutdownHook(end.hook);
    return end;
  }

  private void awaitClosed() {
    try {
      if (!closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("gave up waiting for the end after " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending already: that is what the hook is for.
      return;
    }
  }
}
