package dev.twinpath.nic.device;

import dev.twinpath.nic.wire.NanoClock;
import java.lang.invoke.VarHandle;

/**
 * The device as an agent of its own: serves all queue pairs of a NIC, in rounds. Whoever runs it, a
 * {@link NicThread} or a test on a clock of its own, is its only caller.
 *
 * <p>A round receives for each queue up to a budget, lets {@link TransmitScheduler} say who sends,
 * and interrupts the hosts that sleep. No queue can keep it: what is refused costs its budget as
 * what is delivered does.
 */
public final class NicAgent {
  private final QueuePair[] pairs;
  private final NanoClock clock;
  private final TransmitScheduler scheduler;
  private final DeviceSleeper sleeper;
  private final DeviceTime time;

  NicAgent(QueuePair[] pairs, NicConfig config) {
    this.pairs = pairs;
    this.clock = config.clock();
    this.scheduler = new TransmitScheduler(pairs, config.transmitWeights());
    this.sleeper = new DeviceSleeper(pairs);
    this.time = new DeviceTime(clock);
    for (QueuePair pair : pairs) {
      pair.servedBy(sleeper);
    }
  }

  /**
   * One round over all queues.
   *
   * @return packets moved, 0 when there was nothing to do
   */
  public int doWork() {
    long now = clock.nanoTime();
    time.start();
    int moved = 0;
    for (QueuePair pair : pairs) {
      moved += pair.serveReceive(now, time);
    }
    moved += scheduler.doWork(now, time);
    if (moved > 0) {
      // One fence for the completions of all queues: see Interrupt.
      VarHandle.fullFence();
    }
    for (QueuePair pair : pairs) {
      pair.interruptHost(now, time);
    }
    return moved;
  }

  /**
   * When {@link #doWork} must be called though nothing arrives and no doorbell rings, by the NIC's
   * clock; {@link Long#MAX_VALUE} for never.
   */
  public long nextDeadlineNanos() {
    long deadline = Long.MAX_VALUE;
    for (QueuePair pair : pairs) {
      deadline = Math.min(deadline, pair.deviceDeadlineNanos());
    }
    return deadline;
  }

  /** Sleeps until there is something to do; returns at once when there is already. */
  void sleep() {
    long deadline = nextDeadlineNanos();
    sleeper.sleep(deadline == Long.MAX_VALUE ? deadline : deadline - clock.nanoTime());
  }

  /** Ends a {@link #sleep}, also one that is about to begin. Any thread. */
  void wake() {
    sleeper.wake();
  }

  /** A thread begins or ends to run this. */
  void threadRuns(boolean runs) {
    sleeper.threadRuns(runs);
  }

  NanoClock clock() {
    return clock;
  }

  void close() {
    sleeper.close();
  }
}
