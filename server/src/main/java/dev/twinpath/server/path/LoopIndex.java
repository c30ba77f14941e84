package dev.twinpath.server.path;

import dev.twinpath.server.metrics.LoopRecorder;
import dev.twinpath.server.metrics.ServerMetrics;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;
import java.util.Map;

/** The event loops of one path, numbered. Immutable. */
final class LoopIndex {
  private final Map<EventExecutor, Integer> numbers = new IdentityHashMap<>();
  private final LoopRecorder[] recorders;
  private final int firstSlot;

  /**
   * Numbers the loops of a group and names their threads to the recorders.
   *
   * @param firstSlot the slot of the first of them
   */
  LoopIndex(DataPath path, EventLoopGroup group, ServerMetrics metrics, int firstSlot) {
    this.firstSlot = firstSlot;
    for (EventExecutor loop : group) {
      numbers.put(loop, numbers.size());
    }
    recorders = new LoopRecorder[numbers.size()];
    for (Map.Entry<EventExecutor, Integer> entry : numbers.entrySet()) {
      LoopRecorder recorder = metrics.recorder(path, entry.getValue());
      recorders[entry.getValue()] = recorder;
      entry.getKey().execute(recorder::attachCurrentThread);
    }
  }

  LoopRecorder recorder(EventLoop loop) {
    return recorders[numbers.get(loop)];
  }

  int slot(EventLoop loop) {
    return firstSlot + numbers.get(loop);
  }
}
