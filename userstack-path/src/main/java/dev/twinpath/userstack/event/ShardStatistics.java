package dev.twinpath.userstack.event;

import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import java.util.List;
import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;

/**
 * Reports shards' counters in every recording, by default once a second. Nothing is asked of the
 * flight recorder before somebody starts it: waking it takes a tenth of a second. Any thread.
 */
public final class ShardStatistics implements AutoCloseable, FlightRecorderListener {
  private final Supplier<List<StackCounters>> shards;
  private final Runnable hook = this::report;
  private boolean registered;
  private boolean closed;

  private ShardStatistics(Supplier<List<StackCounters>> shards) {
    this.shards = shards;
  }

  /**
   * Begins.
   *
   * @param shards the counters of the shards there are, asked for each time
   */
  public static ShardStatistics of(Supplier<List<StackCounters>> shards) {
    ShardStatistics statistics = new ShardStatistics(shards);
    FlightRecorder.addListener(statistics);
    return statistics;
  }

  @Override
  public synchronized void recorderInitialized(FlightRecorder recorder) {
    if (!closed && !registered) {
      registered = true;
      FlightRecorder.addPeriodicEvent(ShardStatisticsEvent.class, hook);
    }
  }

  private void report() {
    List<StackCounters> all = shards.get();
    for (int i = 0; i < all.size(); i++) {
      StackCounters counters = all.get(i);
      ShardStatisticsEvent event = new ShardStatisticsEvent();
      event.shard = i;
      event.segmentsIn = counters.get(StackCounter.SEGMENTS_IN);
      event.segmentsOut = counters.get(StackCounter.SEGMENTS_OUT);
      event.segmentsRetransmitted = counters.get(StackCounter.SEGMENTS_RETRANSMITTED);
      event.timeouts = counters.get(StackCounter.TIMEOUTS);
      event.resetsOut = counters.get(StackCounter.RESETS_OUT);
      event.listenDrops = counters.get(StackCounter.LISTEN_DROPS);
      event.busyPolls = counters.get(StackCounter.POLLS_BUSY);
      event.idlePolls = counters.get(StackCounter.POLLS_IDLE);
      event.commit();
    }
  }

  /** Reports no longer. Idempotent. */
  @Override
  public void close() {
    FlightRecorder.removeListener(this);
    synchronized (this) {
      if (registered && !closed) {
        FlightRecorder.removePeriodicEvent(hook);
      }
      closed = true;
    }
  }
}
