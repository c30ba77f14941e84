package dev.twinpath.nic.wire;

import java.lang.foreign.Arena;

/**
 * A worse wire: loss, delay, jitter, reordering, duplicates, corruption and a line rate, by seed.
 *
 * <p>It asks for frames already cut, and cuts what comes in uncut, so that what happens to a frame
 * happens to one frame as a real line would carry it. Partial checksums are carried on, and
 * completed before a bit is flipped, so that corruption is found by the checksum or not at all.
 *
 * <p>Frames wait by the given clock. They move whenever the queue is used; {@link
 * WireQueue#nextDeadlineNanos()} (of that clock) says when it must be.
 */
public final class ImpairedWire implements Wire {
  private final Wire inner;
  private final Arena arena = Arena.ofShared();
  private final ImpairedQueue[] queues;
  private boolean closed;

  /** Impairs a wire, which it owns from then on, by the system's clock. */
  public ImpairedWire(Wire inner, Impairment impairment) {
    this(inner, impairment, NanoClock.SYSTEM);
  }

  /** The same by another clock. */
  public ImpairedWire(Wire inner, Impairment impairment, NanoClock clock) {
    this.inner = inner;
    this.queues = new ImpairedQueue[inner.queues()];
    for (int i = 0; i < queues.length; i++) {
      queues[i] = new ImpairedQueue(inner.queue(i), i, impairment, clock, arena);
    }
  }

  /** Checksums as the inner wire; no segmentation. */
  @Override
  public WireCapabilities capabilities() {
    return inner.capabilities().withoutSegmentation();
  }

  @Override
  public int mtu() {
    return inner.mtu();
  }

  @Override
  public long macAddress() {
    return inner.macAddress();
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public WireQueue queue(int index) {
    return queues[index];
  }

  /** What a queue did. */
  public ImpairmentCounters counters(int queue) {
    return queues[queue].counters();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      inner.close();
      arena.close();
    }
  }
}
