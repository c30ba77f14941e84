package dev.twinpath.nic.wire;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One direction of a line that all queues of a wire share: gives frames their times. It carries one
 * at a time, MAC control before data, and of the queues each in its turn or all in order of
 * arrival.
 *
 * <p>Any queue's thread steps the line for all of them. Nobody waits for that: who finds another at
 * it leaves the work to the other, and comes again by {@link #nextStart}. Times are exact however
 * late the step comes, since a frame begins when the one before it has ended, not when somebody
 * looks.
 */
final class Line {
  private static final long SECOND = 1_000_000_000;

  private final long bitsPerSecond;
  private final long delayNanos;
  private final boolean arrivalOrder;
  private final LinePort[] data;
  private final LinePort[] control;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicLong arrivals = new AtomicLong();

  private volatile long freeAt;
  private volatile long pausedUntil;

  /** What {@link #freeAt} leaves out: parts of a nanosecond, counted in 1/rate. */
  private long fraction;

  private int turn;

  Line(LinkModel model, LinePort[] data, LinePort[] control, long now) {
    this.bitsPerSecond = model.bitsPerSecond();
    this.delayNanos = model.delayNanos();
    this.arrivalOrder = model.arrivalOrder();
    this.data = data;
    this.control = control;
    this.freeAt = now;
    this.pausedUntil = now;
  }

  /** The number of a frame that arrives now. */
  long nextNumber() {
    return arrivalOrder ? arrivals.getAndIncrement() : 0;
  }

  /** Bytes that wait, of all queues. */
  long bytesWaiting() {
    long bytes = 0;
    for (LinePort port : data) {
      bytes += port.bytesWaiting();
    }
    return bytes;
  }

  /** Lets all frames begin whose time has come, unless another thread is at it. */
  void step(long now) {
    if (busy.getAcquire() || !busy.compareAndSet(false, true)) {
      return;
    }
    run(now);
    busy.setRelease(false);
  }

  private void run(long now) {
    while (startControl(now) || startData(now)) {
      continue;
    }
  }

  /**
   * Stops data for a time, or lets it go on; the frame that is on the line goes on. MAC control is
   * not stopped.
   *
   * @param at when; not before another pause
   * @return nanoseconds of standstill that this adds, below zero when it shortens the last one
   */
  long pause(long at, long nanos) {
    while (!busy.compareAndSet(false, true)) {
      Thread.onSpinWait();
    }
    run(at);
    long left = Math.max(0, pausedUntil - at);
    pausedUntil = at + nanos;
    busy.setRelease(false);
    return nanos - left;
  }

  private boolean startControl(long now) {
    for (LinePort port : control) {
      if (port.hasWaiting()) {
        long begin = Times.later(port.nextReady(), freeAt);
        if (begin - now <= 0) {
          start(port, begin);
          return true;
        }
      }
    }
    return false;
  }

  private boolean startData(long now) {
    long open = Times.later(freeAt, pausedUntil);
    int chosen = -1;
    long chosenBegin = 0;
    for (int i = 0; i < data.length; i++) {
      int candidate = turn + i < data.length ? turn + i : turn + i - data.length;
      LinePort port = data[candidate];
      if (!port.hasWaiting()) {
        continue;
      }
      long begin = Times.later(port.nextReady(), open);
      boolean before =
          chosen < 0
              || (arrivalOrder
                  ? port.nextOrder() - data[chosen].nextOrder() < 0
                  : begin - chosenBegin < 0);
      if (before) {
        chosen = candidate;
        chosenBegin = begin;
      }
    }
    if (chosen < 0 || chosenBegin - now > 0) {
      return false;
    }
    start(data[chosen], chosenBegin);
    turn = chosen + 1 < data.length ? chosen + 1 : 0;
    return true;
  }

  private void start(LinePort port, long begin) {
    long end = begin;
    if (bitsPerSecond > 0) {
      if (begin != freeAt) {
        fraction = 0;
      }
      long scaled = port.nextLineBytes() * 8L * SECOND;
      end += scaled / bitsPerSecond;
      fraction += scaled % bitsPerSecond;
      if (fraction >= bitsPerSecond) {
        fraction -= bitsPerSecond;
        end++;
      }
    }
    freeAt = end;
    port.start(end + delayNanos);
  }

  /** When a step is needed for a queue's data at the earliest; {@link Long#MAX_VALUE} for never. */
  long nextStart(LinePort port) {
    if (!port.hasWaiting()) {
      return Long.MAX_VALUE;
    }
    return Times.later(port.nextReady(), Times.later(freeAt, pausedUntil));
  }

  /** When a step is needed for any queue's data at the earliest. */
  long nextStart() {
    long next = Long.MAX_VALUE;
    for (LinePort port : data) {
      next = Times.earlier(next, nextStart(port));
    }
    return next;
  }

  /** The same for a queue's MAC control. */
  long nextControl(LinePort port) {
    return port.hasWaiting() ? Times.later(port.nextReady(), freeAt) : Long.MAX_VALUE;
  }
}
