package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;

/**
 * A wire's queue with a {@link CapturePoint} at it: the device's edge. A frame that the wire took
 * is captured, once, however often it was offered; a received one before anything is done to it.
 */
public final class TappedQueue implements WireQueue {
  private final WireQueue queue;
  private final CapturePoint point;

  /** Puts a point before a queue. */
  public TappedQueue(WireQueue queue, CapturePoint point) {
    this.queue = queue;
    this.point = point;
  }

  @Override
  public int transmit(Frame frame) {
    int status = queue.transmit(frame);
    if (status == 0 && point.isOn()) {
      point.outgoing(frame);
    }
    return status;
  }

  @Override
  public void beginBatch() {
    queue.beginBatch();
  }

  @Override
  public void endBatch() {
    queue.endBatch();
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    int length = queue.receive(address, capacity, context);
    if (length > 0 && point.isOn()) {
      point.incoming(address, length);
    }
    return length;
  }

  @Override
  public void service() {
    queue.service();
  }

  @Override
  public boolean receiveIsSystemCall() {
    return queue.receiveIsSystemCall();
  }

  @Override
  public long receiveOverruns() {
    return queue.receiveOverruns();
  }

  @Override
  public int pollableFd() {
    return queue.pollableFd();
  }

  @Override
  public boolean signalsRoom() {
    return queue.signalsRoom();
  }

  @Override
  public boolean armInterrupt() {
    return queue.armInterrupt();
  }

  @Override
  public void disarmInterrupt() {
    queue.disarmInterrupt();
  }

  @Override
  public long nextDeadlineNanos() {
    return queue.nextDeadlineNanos();
  }
}
