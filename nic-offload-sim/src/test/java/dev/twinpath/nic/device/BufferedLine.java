package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.NanoClock;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;

/**
 * A line in virtual time that several queues share: frames go out at a rate from one buffer, and a
 * queue that finds it full waits. It counts what each queue got through.
 */
public final class BufferedLine implements Wire {
  private final long bitsPerSecond;
  private final long bufferNanos;
  private final long[] bytes;
  private final NanoClock clock;

  /** The time, where it is virtual. */
  public long now = 1;

  private long busyUntil;

  /**
   * @param bufferNanos how long it takes to send a full buffer
   */
  public BufferedLine(int queues, long bitsPerSecond, long bufferNanos) {
    this.bitsPerSecond = bitsPerSecond;
    this.bufferNanos = bufferNanos;
    this.clock = () -> now;
    bytes = new long[queues];
  }

  /** The same by a clock of somebody else's. */
  public BufferedLine(int queues, long bitsPerSecond, long bufferNanos, NanoClock clock) {
    this.bitsPerSecond = bitsPerSecond;
    this.bufferNanos = bufferNanos;
    this.clock = clock;
    bytes = new long[queues];
    busyUntil = clock.nanoTime();
  }

  /** Bytes that a queue sent. */
  public long bytes(int queue) {
    return bytes[queue];
  }

  /** Whether the buffer has room. */
  public boolean hasRoom() {
    return busyUntil - clock.nanoTime() < bufferNanos;
  }

  /** When the buffer has room. */
  public long roomAt() {
    return busyUntil - bufferNanos + 1;
  }

  @Override
  public WireCapabilities capabilities() {
    return WireCapabilities.all(65535 + 14);
  }

  @Override
  public int queues() {
    return bytes.length;
  }

  @Override
  public WireQueue queue(int index) {
    return new Queue(index);
  }

  @Override
  public void close() {}

  private final class Queue implements WireQueue {
    private final int index;

    Queue(int index) {
      this.index = index;
    }

    @Override
    public int transmit(Frame frame) {
      if (!hasRoom()) {
        return -Errno.EAGAIN;
      }
      busyUntil =
          Math.max(clock.nanoTime(), busyUntil)
              + frame.totalLength() * 8L * 1_000_000_000L / bitsPerSecond;
      bytes[index] += frame.totalLength();
      return 0;
    }

    @Override
    public int receive(long address, int capacity, Frame context) {
      return 0;
    }

    @Override
    public int pollableFd() {
      return -1;
    }

    @Override
    public boolean armInterrupt() {
      return true;
    }

    @Override
    public void disarmInterrupt() {}
  }
}
