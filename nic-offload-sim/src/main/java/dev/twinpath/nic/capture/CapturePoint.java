package dev.twinpath.nic.capture;

import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Where a queue pair can be tapped: at its edge to the wire. Off it costs one load and one branch a
 * frame.
 *
 * <p>{@link #outgoing} and {@link #incoming} belong to the queue's thread. Taps are put in and
 * taken out by any thread: after {@link #remove} the queue's thread is out of the tap and never
 * comes back to it, so that its memory can be freed.
 */
public final class CapturePoint {
  private static final VarHandle BUSY;

  static {
    try {
      BUSY = MethodHandles.lookup().findVarHandle(CapturePoint.class, "busy", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final CapturedPacket packet;
  private final Frame whole = new Frame();
  private volatile CaptureTap[] taps;

  /** Whether the queue's thread looks at the taps just now. */
  @SuppressWarnings("UnusedVariable")
  private volatile boolean busy;

  private long captured;
  private long dropped;

  /**
   * Makes a point without taps.
   *
   * @param arena where its memory is from; outlives the queue's use
   */
  public CapturePoint(Arena arena) {
    packet = new CapturedPacket(arena);
  }

  /** Whether somebody captures. */
  public boolean isOn() {
    return taps != null;
  }

  /** A frame was given to the wire, cut into segments or not. */
  public void outgoing(Frame frame) {
    capture(frame, true);
  }

  /** A frame came from the wire, and nothing was done to it yet. */
  public void incoming(long address, int length) {
    whole.clear();
    whole.add(address, length);
    capture(whole, false);
  }

  private void capture(Frame frame, boolean outbound) {
    // Either the remover sees that we are busy, or we see that the tap is gone: both are volatile.
    busy = true;
    try {
      CaptureTap[] now = taps;
      if (now != null) {
        capture(frame, outbound, now);
      }
    } finally {
      BUSY.setRelease(this, false);
    }
  }

  private void capture(Frame frame, boolean outbound, CaptureTap[] now) {
    boolean readable = true;
    try {
      packet.parse(frame, outbound);
    } catch (InternalError truncated) {
      readable = false;
    }
    for (CaptureTap tap : now) {
      long before = tap.accepted();
      boolean lost = false;
      if (readable) {
        lost = !tap.take(packet, frame);
      } else {
        tap.lost();
        lost = true;
      }
      if (lost) {
        dropped++;
      } else {
        captured += tap.accepted() - before;
      }
    }
  }

  synchronized void add(CaptureTap tap) {
    CaptureTap[] before = taps;
    CaptureTap[] after =
        before == null ? new CaptureTap[1] : Arrays.copyOf(before, before.length + 1);
    after[after.length - 1] = tap;
    taps = after;
  }

  /** Takes a tap out and waits until the queue's thread has left it; a frame's copy at most. */
  synchronized void remove(CaptureTap tap) {
    CaptureTap[] before = taps;
    int at = before == null ? -1 : Arrays.asList(before).indexOf(tap);
    if (at < 0) {
      return;
    }
    CaptureTap[] after = new CaptureTap[before.length - 1];
    System.arraycopy(before, 0, after, 0, at);
    System.arraycopy(before, at + 1, after, at, after.length - at);
    taps = after.length == 0 ? null : after;
    while (busy) {
      Thread.yield();
    }
  }

  /** Frames that all captures ever kept of this queue. */
  public long captured() {
    return captured;
  }

  /** Frames that a capture should have kept and lost: it was too slow. */
  public long dropped() {
    return dropped;
  }
}
