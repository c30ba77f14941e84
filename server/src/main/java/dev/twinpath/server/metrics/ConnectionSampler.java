package dev.twinpath.server.metrics;

import dev.twinpath.userstack.stack.StackShard;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks at every connection of a shard once a scrape. The shard may only be asked on its own loop,
 * so a scrape shows what the one before it had asked for; a loop that is still busy with the last
 * look is not asked again.
 */
final class ConnectionSampler implements Runnable {
  private final Executor loop;
  private final StackShard shard;
  private final LoopRecorder recorder;
  private final AtomicBoolean asked = new AtomicBoolean();

  ConnectionSampler(Executor loop, StackShard shard, LoopRecorder recorder) {
    this.loop = loop;
    this.shard = shard;
    this.recorder = recorder;
  }

  @Override
  public void run() {
    if (asked.compareAndSet(false, true)) {
      try {
        loop.execute(this::look);
      } catch (RejectedExecutionException e) {
        // The loop has ended; asked stays set, and nobody asks it again.
      }
    }
  }

  private void look() {
    try {
      shard.forEachConnection(
          info -> {
            if (info.state().isSynchronized()) {
              recorder.connectionSample(info.smoothedRtt(), info.congestionWindow());
            }
          });
    } finally {
      asked.set(false);
    }
  }
}
