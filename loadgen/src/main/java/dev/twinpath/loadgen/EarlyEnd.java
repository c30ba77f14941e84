package dev.twinpath.loadgen;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Makes Ctrl-C and SIGTERM end a piece of work early rather than at once: the JVM waits until
 * {@link #close()}, so that the report can be written and what was made can be removed. It has to
 * be the outermost resource of the work.
 */
final class EarlyEnd implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook =
      Thread.ofPlatform().name("twinpath-early-end").unstarted(this::endEarly);
  private Runnable stop = () -> {};
  private boolean asked;

  private EarlyEnd() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** From here on the end of the process waits for {@link #close()}. */
  static EarlyEnd begin() {
    return new EarlyEnd();
  }

  /** Says how the work is stopped; at once, when the process was told to end already. */
  void stopBy(Runnable action) {
    boolean now;
    synchronized (this) {
      stop = action;
      now = asked;
    }
    if (now) {
      action.run();
    }
  }

  private void endEarly() {
    Runnable action;
    synchronized (this) {
      asked = true;
      action = stop;
    }
    action.run();
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
