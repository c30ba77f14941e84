package dev.twinpath.nic.wire;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/**
 * Copies of frames that wait, each with its offload context, in memory that is used again: after
 * the most that ever waited at a time, nothing is allocated any more. One thread.
 *
 * <pre>
 *   0 virtio-net header(10); of a free place, the next free one(8)
 *  16 headroom(64)
 *  80 frame
 * </pre>
 */
final class FrameStore {
  /** The longest frame that is kept: a whole IP packet with its Ethernet header and tags. */
  static final int MAX_FRAME = 65535 + 64;

  private static final int HEADROOM = 64;
  private static final int DATA = 16 + HEADROOM;
  private static final int[] SIZES = {2048, 16 * 1024, MAX_FRAME};

  private final Arena arena;
  private final long[] free = new long[SIZES.length];

  FrameStore(Arena arena) {
    this.arena = arena;
  }

  private static int sizeClass(int length) {
    return length <= SIZES[0] ? 0 : length <= SIZES[1] ? 1 : 2;
  }

  /**
   * Copies a frame.
   *
   * @return the copy's place, or 0 when the frame is longer than {@link #MAX_FRAME}
   * @throws InternalError when a piece of the frame lies in a truncated file; nothing is kept
   */
  long store(Frame frame) {
    int length = frame.totalLength();
    if (length > MAX_FRAME) {
      return 0;
    }
    long place = take(sizeClass(length));
    try {
      long to = place + DATA;
      for (int i = 0; i < frame.segments(); i++) {
        Memory.copy(frame.address(i), to, frame.length(i));
        to += frame.length(i);
      }
      Memory.faultBarrier();
    } catch (InternalError truncated) {
      release(place, length);
      throw truncated;
    }
    VirtioNetHeader.write(place, frame);
    return place;
  }

  private long take(int sizeClass) {
    long place = free[sizeClass];
    if (place == 0) {
      return arena.allocate(DATA + SIZES[sizeClass], 64).address();
    }
    free[sizeClass] = Memory.getLong(place);
    return place;
  }

  /** Where the copy's bytes are. */
  static long data(long place) {
    return place + DATA;
  }

  /** Forgets the copy's offload context. */
  static void clearOffloads(long place) {
    Memory.putLong(place, 0);
    Memory.putShort(place + 8, 0);
  }

  /** Shows a copy, in memory that {@link #release} frees. */
  static void show(long place, int length, Frame frame) {
    frame.clear();
    frame.headroom(HEADROOM);
    frame.add(place + DATA, length);
    VirtioNetHeader.read(place, frame);
  }

  /** The place may be used again. */
  void release(long place, int length) {
    int sizeClass = sizeClass(length);
    Memory.putLong(place, free[sizeClass]);
    free[sizeClass] = place;
  }
}
