package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.ForwardingWireQueue;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.WireQueue;

/**
 * A wire's queue with a {@link CapturePoint} at it: the device's edge. A frame that the wire took
 * is captured, once, however often it was offered; a received one before anything is done to it.
 */
public final class TappedQueue extends ForwardingWireQueue {
  private final CapturePoint point;

  /** Puts a point before a queue. */
  public TappedQueue(WireQueue queue, CapturePoint point) {
    super(queue);
    this.point = point;
  }

  @Override
  public int transmit(Frame frame) {
    int status = inner.transmit(frame);
    if (status == 0 && point.isOn()) {
      point.outgoing(frame);
    }
    return status;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    int length = inner.receive(address, capacity, context);
    if (length > 0 && point.isOn()) {
      point.incoming(address, length);
    }
    return length;
  }
}
