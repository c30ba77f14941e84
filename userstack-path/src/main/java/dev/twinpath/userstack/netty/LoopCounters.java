package dev.twinpath.userstack.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one event loop of the user-level stack spent its time on.
 *
 * <p>Written by the loop's thread only, as plain longs; read by any thread, which may see a value
 * that is a little old. All times are elapsed nanoseconds of {@link System#nanoTime()}, so they
 * include what the scheduler took away from the thread.
 */
public final class LoopCounters {
  private static final VarHandle BUSY = handle("busyIterations");
  private static final VarHandle IDLE = handle("idleIterations");
  private static final VarHandle PARKS = handle("parks");
  private static final VarHandle WAKE_UPS = handle("wakeUps");
  private static final VarHandle STACK = handle("stackNanos");
  private static final VarHandle DEVICE = handle("deviceNanos");
  private static final VarHandle APPLICATION = handle("applicationNanos");
  private static final VarHandle SPINNING = handle("spinningNanos");
  private static final VarHandle PARKED = handle("parkedNanos");
  private static final VarHandle FAILURES = handle("failures");

  private long busyIterations;
  private long idleIterations;
  private long parks;
  private volatile long wakeUps;
  private long stackNanos;
  private long deviceNanos;
  private long applicationNanos;
  private long spinningNanos;
  private long parkedNanos;
  private long failures;

  LoopCounters() {}

  /** Iterations in which the stack, the NIC or the application had something to do. */
  public long busyIterations() {
    return (long) BUSY.getOpaque(this);
  }

  /** Iterations that found nothing. */
  public long idleIterations() {
    return (long) IDLE.getOpaque(this);
  }

  /** Times the loop blocked in {@code poll(2)}. */
  public long parks() {
    return (long) PARKS.getOpaque(this);
  }

  /** Times another thread had to wake the blocked loop through its eventfd. */
  public long wakeUps() {
    return wakeUps;
  }

  /** Time in the stack: protocol work of busy iterations, without the simulated NIC. */
  public long stackNanos() {
    return (long) STACK.getOpaque(this);
  }

  /** Time in the simulated NIC and its wire, polled by this loop, looks in vain included. */
  public long deviceNanos() {
    return (long) DEVICE.getOpaque(this);
  }

  /** Time in pipelines and in the loop's other tasks, with the copy of headers into the stack. */
  public long applicationNanos() {
    return (long) APPLICATION.getOpaque(this);
  }

  /** Time of iterations that found nothing, without the simulated NIC's part. */
  public long spinningNanos() {
    return (long) SPINNING.getOpaque(this);
  }

  /** Time blocked in {@code poll(2)}. */
  public long parkedNanos() {
    return (long) PARKED.getOpaque(this);
  }

  /**
   * Polls of the stack that ended in an exception, which a defect throws. The first goes to the
   * thread's handler of uncaught exceptions.
   */
  public long failures() {
    return (long) FAILURES.getOpaque(this);
  }

  long failed() {
    FAILURES.setOpaque(this, failures + 1);
    return failures;
  }

  void busy(long stack, long device, long application) {
    BUSY.setOpaque(this, busyIterations + 1);
    STACK.setOpaque(this, stackNanos + stack);
    DEVICE.setOpaque(this, deviceNanos + device);
    APPLICATION.setOpaque(this, applicationNanos + application);
  }

  /** An iteration that found nothing; the device looked at its wire for a part of it. */
  void idle(long nanos, long device) {
    IDLE.setOpaque(this, idleIterations + 1);
    SPINNING.setOpaque(this, spinningNanos + nanos - device);
    DEVICE.setOpaque(this, deviceNanos + device);
  }

  void parked(long nanos) {
    PARKS.setOpaque(this, parks + 1);
    PARKED.setOpaque(this, parkedNanos + nanos);
  }

  /** Any thread. */
  void wokenUp() {
    WAKE_UPS.getAndAdd(this, 1L);
  }

  private static VarHandle handle(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(LoopCounters.class, field, long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
