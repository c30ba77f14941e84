package dev.twinpath.nic.wire;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether a wire wants its peer to pause: as long as the receive FIFO of any of its queues is above
 * the watermark. A pause ends by itself, so it is asked for again before it does.
 */
final class PauseControl {
  private final AtomicInteger above = new AtomicInteger();
  private final AtomicLong againAt = new AtomicLong();
  private final long again;

  PauseControl(LinkModel model) {
    again = model.pause() ? PauseFrame.nanos(PauseFrame.STOP, model.bitsPerSecond()) / 2 : 0;
  }

  /** A queue rose above the high watermark. */
  void rose(long now) {
    if (above.getAndIncrement() == 0) {
      againAt.set(now);
    }
  }

  /** A queue fell below the low watermark; returns whether it was the last one. */
  boolean fell() {
    return above.decrementAndGet() == 0;
  }

  /** Of a queue that is above: whether it is to ask for a pause now. */
  boolean takeTurn(long now) {
    long at = againAt.get();
    return at - now <= 0 && againAt.compareAndSet(at, now + again);
  }

  /** When the pause is asked for again. */
  long againAt() {
    return againAt.get();
  }
}
