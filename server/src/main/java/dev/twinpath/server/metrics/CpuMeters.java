package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import java.util.function.ToLongFunction;

/**
 * CPU seconds of the event loops by role.
 *
 * <p>On the sendfile path the stack is the kernel's: the system time of a loop's thread counts as
 * stack, its user time as application. What the kernel does for us in other contexts (softirq of
 * the receiving side) is in neither; a comparison therefore also reports the whole machine's time.
 *
 * <p>On the user path one thread does all three jobs; the transport says how long it spent in the
 * stack and in the simulated NIC, and the rest of the thread's CPU time is the application's.
 * System time is part of the role in whose code the system call was made: the wire's calls are the
 * NIC's. Where the simulated NIC has a thread of its own, all CPU time of that thread is the NIC's.
 */
public final class CpuMeters {
  private CpuMeters() {}

  /** Registers the sendfile path's roles, and the gateway's. */
  public static void bind(ServerMetrics metrics) {
    metrics.counter(
        MetricCatalogue.CPU_SECONDS,
        () -> seconds(metrics, DataPath.SENDFILE, CpuRole.APPLICATION, CpuTime::userNanos),
        DataPath.SENDFILE.label(),
        CpuRole.APPLICATION.label());
    metrics.counter(
        MetricCatalogue.CPU_SECONDS,
        () -> seconds(metrics, DataPath.SENDFILE, CpuRole.APPLICATION, CpuTime::systemNanos),
        DataPath.SENDFILE.label(),
        CpuRole.STACK.label());
    metrics.counter(
        MetricCatalogue.CPU_SECONDS,
        () -> seconds(metrics, DataPath.USERSTACK, CpuRole.GATEWAY, CpuTime::totalNanos),
        DataPath.USERSTACK.label(),
        CpuRole.GATEWAY.label());
  }

  static double seconds(
      ServerMetrics metrics, DataPath path, CpuRole role, ToLongFunction<CpuTime> part) {
    long nanos = 0;
    for (LoopRecorder recorder : metrics.recorders(path)) {
      CpuTime time = recorder.cpuTime();
      if (time != null && recorder.threadRole() == role) {
        nanos += part.applyAsLong(time);
      }
    }
    return nanos / 1e9;
  }
}
