package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * Splits the CPU time of the user path's loops between the application, the stack and the simulated
 * NIC.
 *
 * <p>One thread does all three jobs. The transport measures how long each took by the clock, which
 * includes what the scheduler took away; the kernel knows the thread's CPU time, but not its parts.
 * So each look divides the CPU time since the last one in the proportion of the elapsed times since
 * then. The parts never fall, and always add up to the threads' CPU time: nothing that the path
 * costs is lost between the roles.
 */
public final class UserLoopCpu {
  /** Elapsed nanoseconds by role, over all loops, since their start. */
  public record Split(long application, long stack, long nic) {
    static final Split ZERO = new Split(0, 0, 0);
  }

  private final DoubleSupplier threadSeconds;
  private final Supplier<Split> elapsed;
  private Split lastElapsed = Split.ZERO;
  private double lastSeconds;
  private double application;
  private double stack;
  private double nic;

  UserLoopCpu(DoubleSupplier threadSeconds, Supplier<Split> elapsed) {
    this.threadSeconds = threadSeconds;
    this.elapsed = elapsed;
  }

  /**
   * Registers the three roles of the user path.
   *
   * @param deviceThreadSeconds CPU seconds of a thread that the NIC has to itself; the loops' split
   *     holds nothing of it
   */
  public static void bind(
      ServerMetrics metrics, Supplier<Split> elapsed, DoubleSupplier deviceThreadSeconds) {
    UserLoopCpu cpu =
        new UserLoopCpu(
            () ->
                CpuMeters.seconds(
                    metrics, DataPath.USERSTACK, CpuRole.APPLICATION, CpuTime::totalNanos),
            elapsed);
    cpu.register(metrics, CpuRole.APPLICATION, () -> cpu.application);
    cpu.register(metrics, CpuRole.STACK, () -> cpu.stack);
    cpu.register(metrics, CpuRole.SIMULATED_NIC, () -> cpu.nic + deviceThreadSeconds.getAsDouble());
  }

  private void register(ServerMetrics metrics, CpuRole role, DoubleSupplier part) {
    metrics.counter(
        MetricCatalogue.CPU_SECONDS,
        () -> {
          synchronized (this) {
            look();
            return part.getAsDouble();
          }
        },
        DataPath.USERSTACK.label(),
        role.label());
  }

  /** Divides what was used since the last look. */
  synchronized void look() {
    double seconds = threadSeconds.getAsDouble();
    Split now = elapsed.get();
    double newApplication = now.application() - lastElapsed.application();
    double newStack = now.stack() - lastElapsed.stack();
    double newNic = now.nic() - lastElapsed.nic();
    double all = newApplication + newStack + newNic;
    double used = seconds - lastSeconds;
    if (all <= 0 || used <= 0) {
      return; // Kept for the next look.
    }
    application += used * newApplication / all;
    stack += used * newStack / all;
    nic += used * newNic / all;
    lastElapsed = now;
    lastSeconds = seconds;
  }

  synchronized double applicationSeconds() {
    return application;
  }

  synchronized double stackSeconds() {
    return stack;
  }

  synchronized double nicSeconds() {
    return nic;
  }
}
