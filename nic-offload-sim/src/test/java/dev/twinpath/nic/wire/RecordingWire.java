package dev.twinpath.nic.wire;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.packet.Memory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A wire for tests: keeps what is sent, gives what it is told to, and refuses when it is told to.
 */
public final class RecordingWire implements Wire, WireQueue {
  private final WireCapabilities capabilities;
  private final Deque<byte[]> toGive = new ArrayDeque<>();

  /** Frames that were sent. */
  public final List<byte[]> sent = new ArrayList<>();

  /** Whether each came with a partial checksum. */
  public final List<Boolean> partial = new ArrayList<>();

  /** Frames that will be taken before the wire has no room any more. */
  public int room = Integer.MAX_VALUE;

  public RecordingWire(boolean checksums, boolean segmentation) {
    capabilities =
        new WireCapabilities(
            checksums, segmentation, segmentation, segmentation, false, 65549, Frame.MAX_SEGMENTS);
  }

  public void give(byte[] frame) {
    toGive.add(frame);
  }

  /** Frames that were to be given and not taken are gone. */
  public void forget() {
    toGive.clear();
  }

  @Override
  public int transmit(Frame frame) {
    if (room == 0) {
      return -Errno.EAGAIN;
    }
    room--;
    byte[] bytes = new byte[frame.totalLength()];
    int at = 0;
    for (int i = 0; i < frame.segments(); i++) {
      Memory.copy(frame.address(i), bytes, at, frame.length(i));
      at += frame.length(i);
    }
    sent.add(bytes);
    partial.add(frame.needsChecksum());
    return 0;
  }

  @Override
  public int receive(long address, int capacity, Frame context) {
    byte[] frame = toGive.poll();
    if (frame == null) {
      return 0;
    }
    if (frame.length > capacity) {
      return -Errno.EMSGSIZE;
    }
    context.clear();
    Memory.copy(frame, 0, address, frame.length);
    return frame.length;
  }

  @Override
  public WireCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public int queues() {
    return 1;
  }

  @Override
  public WireQueue queue(int index) {
    return this;
  }

  @Override
  public int pollableFd() {
    return -1;
  }

  @Override
  public boolean armInterrupt() {
    return toGive.isEmpty();
  }

  @Override
  public void disarmInterrupt() {}

  @Override
  public void close() {}
}
