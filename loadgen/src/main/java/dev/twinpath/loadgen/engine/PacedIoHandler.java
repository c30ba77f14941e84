package dev.twinpath.loadgen.engine;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;

/**
 * An IoHandler that also wakes for the next send of a schedule.
 *
 * <p>Scheduling a task per request would allocate one and keep a queue in order; here the schedule
 * only bounds how long the loop may block, and is looked at after each turn.
 */
final class PacedIoHandler implements IoHandler {
  /** What the loop has to do by the clock. Called on the event loop. */
  interface Schedule {
    /** Returns when there is something to do, in {@link System#nanoTime()}, or Pacer.NEVER. */
    long nextDeadlineNanos();

    /** Does what is due. */
    void run();
  }

  /** A shorter wait than this is not worth a sleep: the timer would be later than that. */
  private static final long SPIN_NANOS = 15_000;

  private final IoHandler delegate;
  private final Schedule schedule;
  private final BoundedContext bounded = new BoundedContext();

  private PacedIoHandler(IoHandler delegate, Schedule schedule) {
    this.delegate = delegate;
    this.schedule = schedule;
  }

  static IoHandlerFactory factory(IoHandlerFactory delegate, Schedule schedule) {
    return executor -> new PacedIoHandler(delegate.newHandler(executor), schedule);
  }

  @Override
  public int run(IoHandlerContext context) {
    bounded.context = context;
    bounded.due = schedule.nextDeadlineNanos();
    int handled = delegate.run(bounded);
    schedule.run();
    return handled;
  }

  @Override
  public void initialize() {
    delegate.initialize();
  }

  @Override
  public void prepareToDestroy() {
    delegate.prepareToDestroy();
  }

  @Override
  public void destroy() {
    delegate.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return delegate.register(handle);
  }

  @Override
  public void wakeup() {
    delegate.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return delegate.isCompatible(handleType);
  }

  private static final class BoundedContext implements IoHandlerContext {
    private IoHandlerContext context;
    private long due;

    @Override
    public boolean canBlock() {
      return context.canBlock() && (due == Pacer.NEVER || due - System.nanoTime() > SPIN_NANOS);
    }

    @Override
    public long delayNanos(long currentTimeNanos) {
      long delay = context.delayNanos(currentTimeNanos);
      return due == Pacer.NEVER ? delay : Math.max(0, Math.min(delay, due - currentTimeNanos));
    }

    @Override
    public long deadlineNanos() {
      if (due == Pacer.NEVER) {
        return context.deadlineNanos();
      }
      long now = System.nanoTime();
      return due - now < context.delayNanos(now) ? due : context.deadlineNanos();
    }

    @Override
    public void reportActiveIoTime(long activeNanos) {
      context.reportActiveIoTime(activeNanos);
    }

    @Override
    public boolean shouldReportActiveIoTime() {
      return context.shouldReportActiveIoTime();
    }
  }
}
