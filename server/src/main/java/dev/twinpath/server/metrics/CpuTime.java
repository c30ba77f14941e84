package dev.twinpath.server.metrics;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Processor time of one thread. Reading costs a system call: for scrapes, not for event loops. */
final class CpuTime {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final long threadId;
  private long lastTotal;
  private long lastUser;
  private long lastSystem;

  CpuTime(Thread thread) {
    this.threadId = thread.threadId();
  }

  /**
   * User and system time in nanoseconds; never falls, and stays where it was when the thread has
   * ended.
   */
  synchronized long totalNanos() {
    lastTotal = Math.max(lastTotal, THREADS.getThreadCpuTime(threadId));
    return lastTotal;
  }

  /** User time in nanoseconds, at most {@link #totalNanos()}. */
  synchronized long userNanos() {
    lastUser = Math.max(lastUser, Math.min(totalNanos(), THREADS.getThreadUserTime(threadId)));
    return lastUser;
  }

  /**
   * System time in nanoseconds: the rest. It never falls either, since user time is kept below the
   * total.
   */
  synchronized long systemNanos() {
    lastSystem = Math.max(lastSystem, totalNanos() - userNanos());
    return lastSystem;
  }
}
