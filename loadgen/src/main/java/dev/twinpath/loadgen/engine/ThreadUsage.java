package dev.twinpath.loadgen.engine;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The time that a thread had a CPU, and the time that it was ready to run but had to wait for one.
 *
 * @param cpuNanos time on a CPU, user and system
 * @param waitNanos time on the run queue, 0 where the kernel does not tell
 * @param wallNanos the time over which both were spent; a starved thread looks at the clock late,
 *     so that this may be longer than the measured time
 */
public record ThreadUsage(long cpuNanos, long waitNanos, long wallNanos) {
  private static final Path SCHEDSTAT = Path.of("/proc/thread-self/schedstat");

  /** Returns the usage of the calling thread since it began. */
  static ThreadUsage ofCurrentThread() {
    try {
      String[] fields = Files.readString(SCHEDSTAT).trim().split(" ");
      if (fields.length >= 2 && !fields[0].equals("0")) {
        return new ThreadUsage(
            Long.parseLong(fields[0]), Long.parseLong(fields[1]), System.nanoTime());
      }
    } catch (IOException | NumberFormatException e) {
      // A kernel without schedstat: the CPU time alone has to do.
    }
    return new ThreadUsage(
        ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime(), 0, System.nanoTime());
  }

  ThreadUsage minus(ThreadUsage earlier) {
    return new ThreadUsage(
        cpuNanos - earlier.cpuNanos, waitNanos - earlier.waitNanos, wallNanos - earlier.wallNanos);
  }

  /** Returns the share of the time in which the thread had a CPU or wanted one, 0 to about 1. */
  public double wanted() {
    return wallNanos <= 0 ? 0 : (cpuNanos + waitNanos) / (double) wallNanos;
  }

  /** Returns the share of the time in which the thread waited for a CPU, 0 to about 1. */
  public double waited() {
    return wallNanos <= 0 ? 0 : waitNanos / (double) wallNanos;
  }
}
