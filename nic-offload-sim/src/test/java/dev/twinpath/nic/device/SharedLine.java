package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.nic.wire.WireCapabilities;
import dev.twinpath.nic.wire.WireQueue;

/** A wire whose queues share one line: it takes a frame when the frame before has left. */
final class SharedLine implements Wire {
  final long[] bytes;
  final boolean[] stuck;
  private final WireQueue[] queues;
  private final long nanosPerByte;
  long now;
  private long busyUntil;

  /**
   * @param nanosPerByte 0 = a line without end
   */
  SharedLine(int count, long nanosPerByte) {
    this.nanosPerByte = nanosPerByte;
    bytes = new long[count];
    stuck = new boolean[count];
    queues = new WireQueue[count];
    for (int i = 0; i < count; i++) {
      queues[i] = new Queue(i);
    }
  }

  /** Whether a frame would be taken now. */
  boolean isFree() {
    return now >= busyUntil;
  }

  /** When the line is free. */
  long busyUntil() {
    return busyUntil;
  }

  long total() {
    long sum = 0;
    for (long one : bytes) {
      sum += one;
    }
    return sum;
  }

  @Override
  public WireCapabilities capabilities() {
    return WireCapabilities.all(65535 + 14);
  }

  @Override
  public int queues() {
    return queues.length;
  }

  @Override
  public WireQueue queue(int index) {
    return queues[index];
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
      if (stuck[index] || !isFree()) {
        return -Errno.EAGAIN;
      }
      busyUntil = Math.max(now, busyUntil) + frame.totalLength() * nanosPerByte;
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
