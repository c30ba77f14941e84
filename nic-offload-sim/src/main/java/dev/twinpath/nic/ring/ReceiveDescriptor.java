package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;

/**
 * The layout of a receive ring's entries: region(4), capacity(4), offset(8), buffer id(4), header
 * region(4), header offset(8). A header region of {@link #NO_HEADER} means that the frame is not
 * split.
 */
public final class ReceiveDescriptor {
  /** What the header region field holds when headers are not put apart. */
  public static final int NO_HEADER = -1;

  /** Bytes of every header buffer. */
  public static final int HEADER_CAPACITY = 256;

  private ReceiveDescriptor() {}

  /** Writes an entry of one buffer. */
  public static void write(long entry, int region, long offset, int capacity, int bufferId) {
    write(entry, region, offset, capacity, bufferId, NO_HEADER, 0);
  }

  /** Writes an entry of a buffer for the payload and one for the headers. */
  public static void write(
      long entry,
      int region,
      long offset,
      int capacity,
      int bufferId,
      int headerRegion,
      long headerOffset) {
    Memory.putInt(entry, region);
    Memory.putInt(entry + 4, capacity);
    Memory.putLong(entry + 8, offset);
    Memory.putInt(entry + 16, bufferId);
    Memory.putInt(entry + 20, headerRegion);
    Memory.putLong(entry + 24, headerOffset);
  }

  public static int region(long entry) {
    return Memory.getInt(entry);
  }

  public static int capacity(long entry) {
    return Memory.getInt(entry + 4);
  }

  public static long offset(long entry) {
    return Memory.getLong(entry + 8);
  }

  public static int bufferId(long entry) {
    return Memory.getInt(entry + 16);
  }

  public static int headerRegion(long entry) {
    return Memory.getInt(entry + 20);
  }

  public static long headerOffset(long entry) {
    return Memory.getLong(entry + 24);
  }
}
