package dev.twinpath.nic.capture;

import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Captured frames on their way from a queue's thread to the thread that writes them: a ring of
 * bytes in memory of its own, one producer, one consumer. A frame that finds no room is refused,
 * never waited for.
 *
 * <p>A record is its size (a multiple of 8; negative when it only fills up the end of the memory),
 * the direction, the time, the frame's length, the bytes kept, and these bytes.
 */
final class CaptureRing implements AutoCloseable {
  private static final int SIZE = 0;
  private static final int OUTBOUND = 4;
  private static final int TIME = 8;
  private static final int TOTAL = 16;
  private static final int KEPT = 20;
  private static final int BYTES = 24;

  private static final VarHandle HEAD;
  private static final VarHandle TAIL;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      HEAD = lookup.findVarHandle(CaptureRing.class, "head", long.class);
      TAIL = lookup.findVarHandle(CaptureRing.class, "tail", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Arena arena = Arena.ofShared();
  private final long memory;
  private final long capacity;

  /** Bytes ever written; the producer's. */
  @SuppressWarnings("UnusedVariable")
  private long head;

  /** Bytes ever read; the consumer's. */
  @SuppressWarnings("UnusedVariable")
  private long tail;

  /** What the producer last saw of the tail. */
  private long seenTail;

  /** Where the consumer's record is. */
  private long record;

  /**
   * Allocates a ring.
   *
   * @param capacity in bytes, a power of two; a frame may take half of it
   */
  CaptureRing(int capacity) {
    if (Integer.bitCount(capacity) != 1 || capacity < 64) {
      throw new IllegalArgumentException("not a power of two from 64: " + capacity);
    }
    this.capacity = capacity;
    this.memory = arena.allocate(capacity, 64).address();
  }

  /**
   * Copies the begin of a frame; the producer's. An {@link InternalError} of a page that is gone
   * leaves the ring as it was.
   *
   * @return false when there is no room
   */
  boolean offer(Frame frame, int kept, long time, boolean outbound) {
    long size = BYTES + (long) kept + 7 & ~7L;
    long at = head & capacity - 1;
    long untilEnd = capacity - at;
    long needed = size <= untilEnd ? size : untilEnd + size;
    if (head + needed - seenTail > capacity) {
      seenTail = (long) TAIL.getAcquire(this);
      if (head + needed - seenTail > capacity) {
        return false;
      }
    }
    if (needed != size) {
      Memory.putInt(memory + at + SIZE, (int) -untilEnd);
      at = 0;
    }
    long to = memory + at;
    copy(frame, kept, to + BYTES);
    Memory.putInt(to + SIZE, (int) size);
    Memory.putInt(to + OUTBOUND, outbound ? 1 : 0);
    Memory.putLong(to + TIME, time);
    Memory.putInt(to + TOTAL, frame.totalLength());
    Memory.putInt(to + KEPT, kept);
    HEAD.setRelease(this, head + needed);
    return true;
  }

  private static void copy(Frame frame, int kept, long to) {
    int done = 0;
    for (int i = 0; i < frame.segments() && done < kept; i++) {
      int length = Math.min(kept - done, frame.length(i));
      Memory.copy(frame.address(i), to + done, length);
      done += length;
    }
    Memory.faultBarrier();
  }

  /** Whether there is a record; then the accessors tell of the first one. The consumer's. */
  boolean hasNext() {
    long end = (long) HEAD.getAcquire(this);
    if (tail == end) {
      return false;
    }
    record = memory + (tail & capacity - 1);
    int size = Memory.getInt(record + SIZE);
    if (size < 0) {
      // Never the last: the record that did not fit was published together with it.
      TAIL.setRelease(this, tail - size);
      record = memory;
    }
    return true;
  }

  /** Nanoseconds since 1970. */
  long time() {
    return Memory.getLong(record + TIME);
  }

  boolean isOutbound() {
    return Memory.getInt(record + OUTBOUND) != 0;
  }

  /** The frame's length. */
  int total() {
    return Memory.getInt(record + TOTAL);
  }

  /** How many of its bytes are here. */
  int kept() {
    return Memory.getInt(record + KEPT);
  }

  long address() {
    return record + BYTES;
  }

  /** Gives the first record's room back. The consumer's. */
  void release() {
    TAIL.setRelease(this, tail + Memory.getInt(record + SIZE));
  }

  /** Frees the memory. Neither side uses it any more. */
  @Override
  public void close() {
    arena.close();
  }
}
