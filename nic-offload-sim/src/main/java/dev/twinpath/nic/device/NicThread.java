package dev.twinpath.nic.device;

/**
 * Runs a {@link NicAgent} on a thread of its own: looks for work for a while, and sleeps when there
 * is none until a doorbell rings, a wire has a frame, or a deadline comes.
 */
public final class NicThread implements AutoCloseable {
  private final NicAgent agent;
  private final long spinNanos;
  private final Thread thread;
  private volatile boolean stop;
  private volatile long failures;
  private volatile long sleeps;

  /**
   * Starts the thread.
   *
   * @param spinNanos how long it goes on looking before it sleeps; {@link Long#MAX_VALUE} never
   *     sleeps, for a core of its own
   */
  NicThread(NicAgent agent, long spinNanos) {
    this.agent = agent;
    this.spinNanos = spinNanos;
    thread = new Thread(this::run, "nic");
    thread.setDaemon(true);
    agent.threadRuns(true);
    thread.start();
  }

  private void run() {
    try {
      loop();
    } finally {
      agent.threadRuns(false);
    }
  }

  private void loop() {
    long lastWork = agent.clock().nanoTime();
    while (!stop) {
      if (step() > 0) {
        lastWork = agent.clock().nanoTime();
      } else if (agent.clock().nanoTime() - lastWork >= spinNanos) {
        sleeps = sleeps + 1;
        agent.sleep();
        lastWork = agent.clock().nanoTime();
      } else {
        Thread.onSpinWait();
      }
    }
  }

  /** A round; an exception there, a defect, costs the round and not the device. */
  private int step() {
    try {
      return agent.doWork();
    } catch (RuntimeException | InternalError e) {
      failures = failures + 1;
      if (failures == 1) {
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
      }
      return 0;
    }
  }

  /** The thread, whose CPU time is all the device's. */
  public Thread thread() {
    return thread;
  }

  /** Times that the device slept. */
  public long sleeps() {
    return sleeps;
  }

  /** Rounds that ended in an exception, which a defect throws. */
  public long failures() {
    return failures;
  }

  /** Ends the thread, and waits for it. */
  @Override
  public void close() {
    stop = true;
    agent.wake();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
