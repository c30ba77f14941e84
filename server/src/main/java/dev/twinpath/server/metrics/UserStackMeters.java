package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import dev.twinpath.userstack.netty.LoopCounters;
import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackIoHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.function.DoubleSupplier;

/** The meters of the user path below its pipelines: event loops, shards and queue pairs. */
public final class UserStackMeters {
  private UserStackMeters() {}

  /**
   * Registers every loop of a stack; call it once, when its event loops have been made.
   *
   * @param group the stack's event loops, in the order in which they were made
   */
  public static void bind(ServerMetrics metrics, UserStack stack, EventLoopGroup group) {
    String path = DataPath.USERSTACK.label();
    int index = 0;
    for (EventExecutor executor : group) {
      UserStackIoHandler loop = stack.loops().get(index);
      LoopRecorder recorder = metrics.recorder(DataPath.USERSTACK, index++);
      metrics.onScrape(new ConnectionSampler(executor, loop.shard(), recorder));
      LoopCounters turns = loop.counters();
      metrics.counter(
          MetricCatalogue.POLL_ITERATIONS, turns::busyIterations, path, PollResult.BUSY.label());
      metrics.counter(
          MetricCatalogue.POLL_ITERATIONS, turns::idleIterations, path, PollResult.IDLE.label());
      StackMeters.bind(metrics, loop.shard().counters());
      NicMeters.bind(metrics, loop.shard().queuePair());
    }
    UserLoopCpu.bind(metrics, () -> elapsed(stack), deviceThreadSeconds(stack));
  }

  /** CPU seconds of the NIC's own thread, where it has one: all of them are the NIC's. */
  private static DoubleSupplier deviceThreadSeconds(UserStack stack) {
    return stack
        .nic()
        .thread()
        .map(nic -> new CpuTime(nic.thread()))
        .<DoubleSupplier>map(time -> () -> time.totalNanos() / 1e9)
        .orElse(() -> 0);
  }

  /** Turns that found nothing are the price of polling: the stack's, but for the NIC's look. */
  private static UserLoopCpu.Split elapsed(UserStack stack) {
    long application = 0;
    long protocol = 0;
    long nic = 0;
    for (UserStackIoHandler loop : stack.loops()) {
      LoopCounters counters = loop.counters();
      application += counters.applicationNanos();
      protocol += counters.stackNanos() + counters.spinningNanos();
      nic += counters.deviceNanos();
    }
    return new UserLoopCpu.Split(application, protocol, nic);
  }
}
