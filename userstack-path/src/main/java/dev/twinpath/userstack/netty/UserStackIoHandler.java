package dev.twinpath.userstack.netty;

import dev.twinpath.nic.device.QueuePair;
import dev.twinpath.userstack.stack.StackShard;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs one {@link StackShard}, and the NIC's queue below it, on one event loop.
 *
 * <p>An iteration polls the stack, which drains the NIC, runs TCP and its timers and sends what is
 * due; then it lets the pipelines of those channels run for which the stack noted something. With
 * nothing to do it goes on polling for {@link IdleStrategy#busyPollNanos}, then blocks until a
 * frame comes, a task is submitted, or the next timer of the stack or of the loop is due.
 */
public final class UserStackIoHandler implements IoHandler {
  /** Polls at shutdown that let FINs, resets and completions out. */
  private static final int DRAIN_POLLS = 256;

  private final UserStack stack;
  private final ThreadAwareExecutor executor;
  private final QueuePair queue;
  private final StackShard shard;
  private final long busyPollNanos;
  private final Parker parker;
  private final LoopCounters counters = new LoopCounters();
  private final ReadyQueue ready = new ReadyQueue();
  private final List<Registration> registrations = new ArrayList<>();

  private long nowNanos = System.nanoTime();
  private long lastWorkNanos = nowNanos;
  private long iterationEndNanos = nowNanos;
  private boolean applicationRan;
  private boolean destroyed;

  UserStackIoHandler(
      UserStack stack, ThreadAwareExecutor executor, QueuePair queue, StackShard shard) {
    this.stack = stack;
    this.executor = executor;
    this.queue = queue;
    this.shard = shard;
    this.busyPollNanos = stack.idleStrategy().busyPollNanos();
    this.parker = new Parker(queue.isServedByAgent() ? -1 : queue.pollableFd());
    // Frames that another loop's queue hands over wake this loop as tasks do.
    queue.interrupt().sink((Runnable) this::wakeFromQueue);
  }

  private void wakeFromQueue() {
    if (parker.wake()) {
      counters.wokenUp();
    }
  }

  @Override
  public void initialize() {
    nowNanos = System.nanoTime();
    lastWorkNanos = nowNanos;
    iterationEndNanos = nowNanos;
  }

  @Override
  public int run(IoHandlerContext context) {
    int handled = iterate();
    if (handled == 0 && context.canBlock() && nowNanos - lastWorkNanos >= busyPollNanos) {
      return park(context);
    }
    return handled;
  }

  /** Polls the stack once and runs the pipelines that have something; returns how many. */
  private int iterate() {
    long begin = System.nanoTime();
    long tasks = begin - iterationEndNanos;
    nowNanos = begin;
    long deviceBefore = deviceNanos();
    int work = poll(begin);
    long device = deviceNanos() - deviceBefore;
    if (work == 0 && ready.isEmpty()) {
      long end = System.nanoTime();
      iterationEndNanos = end;
      if (applicationRan) {
        // The loop's tasks of the last round belong to the application, also when nothing follows.
        counters.busy(0, 0, tasks);
        applicationRan = false;
      }
      counters.idle(end - begin, device);
      return 0;
    }
    lastWorkNanos = begin;
    long polled = System.nanoTime();
    int handled = ready.run();
    long end = handled == 0 ? polled : System.nanoTime();
    iterationEndNanos = end;
    applicationRan = true;
    counters.busy(Math.max(0, polled - begin - device), device, end - polled + tasks);
    return handled;
  }

  /** What the device took on this thread so far; nothing when it has a thread of its own. */
  private long deviceNanos() {
    return queue.isServedByAgent() ? 0 : queue.counters().deviceNanos();
  }

  /** Polls the stack; an exception there, a defect, costs what the poll was at and not the loop. */
  private int poll(long now) {
    try {
      return shard.poll(now);
    } catch (RuntimeException | InternalError e) {
      if (counters.failed() == 1) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
      }
      return 1;
    }
  }

  /** Blocks, if still nothing came after saying so; then polls once more. */
  private int park(IoHandlerContext context) {
    long now = System.nanoTime();
    parker.announce();
    boolean quiet = queue.armInterrupt();
    try {
      int handled = iterate();
      if (!quiet
          || handled > 0
          || shard.hasPendingOutput()
          || !ready.isEmpty()
          || !context.canBlock()) {
        return handled;
      }
      long untilTimer = shard.nextDeadlineNanos();
      untilTimer = untilTimer == Long.MAX_VALUE ? Long.MAX_VALUE : untilTimer - now;
      long wait = Math.min(untilTimer, context.delayNanos(now));
      if (wait <= 0) {
        return handled;
      }
      parker.park(wait);
    } finally {
      queue.disarmInterrupt();
      parker.awake();
    }
    long woken = System.nanoTime();
    counters.parked(woken - iterationEndNanos);
    iterationEndNanos = woken;
    return iterate();
  }

  @Override
  public void prepareToDestroy() {
    // Closing a channel removes its registration: walk over a copy.
    for (Registration registration : List.copyOf(registrations)) {
      registration.close();
    }
  }

  @Override
  public void destroy() {
    if (destroyed) {
      return;
    }
    destroyed = true;
    for (int i = 0; i < DRAIN_POLLS; i++) {
      int work = poll(System.nanoTime());
      if (ready.run() + work == 0 && !shard.hasPendingOutput()) {
        break;
      }
    }
    shard.close();
    queue.interrupt().sink((Runnable) null);
    parker.close();
    stack.loopEnded();
  }

  @Override
  public IoRegistration register(IoHandle handle) {
    if (!(handle instanceof UserStackIoHandle)) {
      throw new IllegalArgumentException(
          "IoHandle of type " + handle.getClass().getName() + " not supported");
    }
    Registration registration = new Registration((UserStackIoHandle) handle);
    registration.index = registrations.size();
    registrations.add(registration);
    handle.registered();
    return registration;
  }

  @Override
  public void wakeup() {
    if (!executor.isExecutorThread(Thread.currentThread()) && parker.wake()) {
      counters.wokenUp();
    }
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return UserStackIoHandle.class.isAssignableFrom(handleType);
  }

  /** The stack whose NIC this handler serves. */
  public UserStack stack() {
    return stack;
  }

  /** The protocol engine of this loop; its methods belong to the loop's thread. */
  public StackShard shard() {
    return shard;
  }

  /** What the loop spent its time on; any thread. */
  public LoopCounters counters() {
    return counters;
  }

  /** Channels on this loop; the loop's thread. */
  public int registeredChannels() {
    return registrations.size();
  }

  /**
   * Makes {@link UserStackIoHandle#dispatch} run soon; the handle guards against being queued
   * twice.
   */
  void enqueue(UserStackIoHandle handle) {
    ready.add(handle);
  }

  /** The clock reading with which this iteration began. */
  long nowNanos() {
    return nowNanos;
  }

  private final class Registration implements IoRegistration {
    private final UserStackIoHandle handle;
    private int index;

    private Registration(UserStackIoHandle handle) {
      this.handle = handle;
    }

    /** The handler itself: through it a channel finds its shard. */
    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T attachment() {
      return (T) UserStackIoHandler.this;
    }

    @Override
    public long submit(IoOps ops) {
      throw new UnsupportedOperationException("the user-level stack has no operations to submit");
    }

    @Override
    public boolean isValid() {
      return index >= 0;
    }

    @Override
    public boolean cancel() {
      if (index < 0) {
        return false;
      }
      int last = registrations.size() - 1;
      Registration moved = registrations.remove(last);
      if (moved != this) {
        registrations.set(index, moved);
        moved.index = index;
      }
      index = -1;
      handle.unregistered();
      return true;
    }

    private void close() {
      try {
        handle.close();
      } catch (Exception e) {
        throw new IllegalStateException("a channel's close does not throw", e);
      }
    }
  }
}
