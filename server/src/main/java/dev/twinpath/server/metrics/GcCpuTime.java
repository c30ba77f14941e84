package dev.twinpath.server.metrics;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Processor time of the JVM's collector threads. The JDK has no API for it before 26, so the kernel
 * is asked: the run time of every task of this process whose name is one of a collector's (proc(5),
 * schedstat).
 */
final class GcCpuTime {
  private static final Path TASKS = Path.of("/proc/self/task");

  private final Map<String, Long> nanosByTask = new HashMap<>();

  /**
   * Nanoseconds so far; 0 for ever where there is no such /proc. Collectors' threads that ended
   * stay counted.
   */
  synchronized long nanos() {
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        look(task);
      }
    } catch (IOException | RuntimeException e) {
      // No /proc, or it is not readable: what was seen so far stands.
    }
    long sum = 0;
    for (long nanos : nanosByTask.values()) {
      sum += nanos;
    }
    return sum;
  }

  private void look(Path task) {
    try {
      if (isCollector(Files.readString(task.resolve("comm")).strip())) {
        String runTime = Files.readString(task.resolve("schedstat")).split(" ", 2)[0];
        nanosByTask.merge(task.getFileName().toString(), Long.parseLong(runTime), Math::max);
      }
    } catch (IOException | NumberFormatException e) {
      // The task ended between the listing and the look.
    }
  }

  /**
   * The names that HotSpot's collectors give to their threads; the kernel cuts them at 15
   * characters.
   */
  static boolean isCollector(String name) {
    return name.startsWith("GC Thread")
        || name.startsWith("G1 ")
        || name.startsWith("ZWorker")
        || name.startsWith("ZDriver")
        || name.startsWith("Shenandoah");
  }
}
