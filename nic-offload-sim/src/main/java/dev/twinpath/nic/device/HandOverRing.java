package dev.twinpath.nic.device;

import dev.twinpath.nic.linux.Errno;
import dev.twinpath.nic.linux.Linux;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.Frame;
import dev.twinpath.nic.wire.VirtioNetHeader;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Frames on their way from the queue pair that the wire gave them to, to the queue pair that they
 * belong to: one producer thread, one consumer thread, bytes in off-heap memory.
 *
 * <pre>
 *   0 produced(8)   128 consumed(8)
 * 256 data: records, each 8-aligned and never across the end:
 *      0 record length(4)   4 frame length(4), or -1 for padding up to the end
 *      8 flags(4)  12 tag(4)  16 hash(4)  20 virtio-net header(10)  32 frame
 * </pre>
 */
final class HandOverRing {
  /** Bytes of data: room for 7 uncut frames, or some 5,000 short ones. */
  static final int CAPACITY = 1 << 19;

  private static final int PRODUCED = 0;
  private static final int CONSUMED = 128;
  private static final int DATA = 256;

  private static final int FRAME_LENGTH = 4;
  private static final int FLAGS = 8;
  private static final int TAG = 12;
  private static final int HASH = 16;
  private static final int CONTEXT = 20;
  private static final int FRAME = 32;
  private static final int PADDING = -1;
  private static final int MASK = CAPACITY - 1;

  private final long base;

  /** The producer's: how far it has written, which the consumer sees after {@link #publish}. */
  private long produced;

  /** The producer's: how far the consumer was when it looked last. */
  private long consumedSeen;

  /** The consumer's. */
  private long consumed;

  /**
   * @throws UncheckedIOException when the machine has no memory
   */
  HandOverRing() {
    base =
        Linux.mmap(
            DATA + CAPACITY,
            Linux.PROT_READ | Linux.PROT_WRITE,
            Linux.MAP_PRIVATE | Linux.MAP_ANONYMOUS | Linux.MAP_NORESERVE,
            -1,
            0);
    if (base <= 0) {
      throw new UncheckedIOException(
          new IOException("no memory between two queue pairs: " + Errno.describe((int) -base)));
    }
  }

  /**
   * Producer: copies a frame in; {@link #publish} shows it.
   *
   * @return false when there is no room
   */
  boolean put(long frame, int length, Frame context, int flags, int tag, int hash) {
    int record = FRAME + length + 7 & -8;
    int at = (int) produced & MASK;
    int padding = at + record <= CAPACITY ? 0 : CAPACITY - at;
    if (produced + padding + record - consumedSeen > CAPACITY) {
      consumedSeen = Memory.getLongAcquire(base + CONSUMED);
      if (produced + padding + record - consumedSeen > CAPACITY) {
        return false;
      }
    }
    if (padding > 0) {
      Memory.putInt(base + DATA + at, padding);
      Memory.putInt(base + DATA + at + FRAME_LENGTH, PADDING);
      at = 0;
    }
    long to = base + DATA + at;
    Memory.putInt(to, record);
    Memory.putInt(to + FRAME_LENGTH, length);
    Memory.putInt(to + FLAGS, flags);
    Memory.putInt(to + TAG, tag);
    Memory.putInt(to + HASH, hash);
    VirtioNetHeader.write(to + CONTEXT, context);
    Memory.copy(frame, to + FRAME, length);
    produced += padding + record;
    return true;
  }

  /** Producer: shows what was put. */
  void publish() {
    Memory.putLongRelease(base + PRODUCED, produced);
  }

  /** Consumer: the first frame's length, 0 when there is none. */
  int length() {
    long visible = Memory.getLongAcquire(base + PRODUCED);
    while (consumed != visible) {
      long at = record();
      int length = Memory.getInt(at + FRAME_LENGTH);
      if (length != PADDING) {
        return length;
      }
      consumed += Memory.getInt(at);
    }
    return 0;
  }

  private long record() {
    return base + DATA + ((int) consumed & MASK);
  }

  /** Consumer: the first frame's flags, with a length that is not 0. */
  int flags() {
    return Memory.getInt(record() + FLAGS);
  }

  int tag() {
    return Memory.getInt(record() + TAG);
  }

  int hash() {
    return Memory.getInt(record() + HASH);
  }

  /** Consumer: copies the first frame out, and its context. */
  void copy(long to, int length, Frame context) {
    context.clear();
    VirtioNetHeader.read(record() + CONTEXT, context);
    Memory.copy(record() + FRAME, to, length);
  }

  /** Consumer: is done with the first frame. */
  void drop() {
    consumed += Memory.getInt(record());
    Memory.putLongRelease(base + CONSUMED, consumed);
  }

  void close() {
    Linux.munmap(base, DATA + CAPACITY);
  }
}
