package dev.twinpath.loadgen.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;

/** CPU times as {@code /proc} has them (proc(5)). */
final class ProcessCpu {
  /** USER_HZ: what times in /proc are counted in, 100 on every Linux that runs Java. */
  private static final double TICKS_PER_SECOND = 100;

  private ProcessCpu() {}

  /** Returns user and system seconds of a process and its descendants, NaN when it is gone. */
  static double ofTree(long pid) {
    LongStream children =
        ProcessHandle.of(pid).stream()
            .flatMap(ProcessHandle::descendants)
            .mapToLong(ProcessHandle::pid);
    return LongStream.concat(LongStream.of(pid), children)
        .mapToDouble(ProcessCpu::ofProcess)
        .reduce((a, b) -> Double.isNaN(b) ? a : a + b)
        .orElse(Double.NaN);
  }

  private static double ofProcess(long pid) {
    try {
      return parseStat(Files.readString(Path.of("/proc/" + pid + "/stat")));
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  /** The fields utime and stime, 14 and 15; the command in parentheses may hold blanks. */
  static double parseStat(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  /** Returns busy and softirq seconds of all CPUs together, or NaN. */
  static double[] ofMachine() {
    try (var lines = Files.lines(Path.of("/proc/stat"))) {
      return parseMachine(lines.findFirst().orElse(""));
    } catch (IOException e) {
      return new double[] {Double.NaN, Double.NaN};
    }
  }

  /** "cpu user nice system idle iowait irq softirq steal ...": busy is all but idle and iowait. */
  static double[] parseMachine(String line) {
    String[] f = line.trim().split("\\s+");
    if (f.length < 8 || !f[0].equals("cpu")) {
      return new double[] {Double.NaN, Double.NaN};
    }
    long busy =
        Long.parseLong(f[1])
            + Long.parseLong(f[2])
            + Long.parseLong(f[3])
            + Long.parseLong(f[6])
            + Long.parseLong(f[7]);
    return new double[] {busy / TICKS_PER_SECOND, Long.parseLong(f[7]) / TICKS_PER_SECOND};
  }
}
