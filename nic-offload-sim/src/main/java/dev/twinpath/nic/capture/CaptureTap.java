package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.NanoClock;

/**
 * One capture's end at one queue. {@link #take} and the counters are the queue thread's; others may
 * read the counters, a little old while the tap is in place and exactly after it was taken out.
 */
final class CaptureTap {
  private final CaptureFilter filter;
  private final int snapLength;
  private final CaptureRing ring;
  private final NanoClock epochClock;
  private long received;
  private long accepted;
  private long dropped;

  CaptureTap(CaptureFilter filter, int snapLength, CaptureRing ring, NanoClock epochClock) {
    this.filter = filter;
    this.snapLength = snapLength;
    this.ring = ring;
    this.epochClock = epochClock;
  }

  /** Keeps a frame that fits; returns false when it fits and is lost. */
  boolean take(CapturedPacket packet, Frame frame) {
    received++;
    if (!filter.matches(packet)) {
      return true;
    }
    accepted++;
    int kept = Math.min(snapLength, frame.totalLength());
    try {
      if (ring.offer(frame, kept, epochClock.nanoTime(), packet.isOutbound())) {
        return true;
      }
    } catch (InternalError truncated) {
      // A page of a truncated file: this frame is not captured.
    }
    dropped++;
    return false;
  }

  /** A frame could not even be looked at. */
  void lost() {
    received++;
    accepted++;
    dropped++;
  }

  CaptureRing ring() {
    return ring;
  }

  /** Frames that were looked at. */
  long received() {
    return received;
  }

  /** Of these, frames that fit the filter. */
  long accepted() {
    return accepted;
  }

  /** Of these, frames that found no room, or whose memory was gone. */
  long dropped() {
    return dropped;
  }
}
