package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;

/** The layout of a receive ring's entries: region(4), capacity(4), offset(8), buffer id(4). */
public final class ReceiveDescriptor {
  private ReceiveDescriptor() {}

  public static void write(long entry, int region, long offset, int capacity, int bufferId) {
    Memory.putInt(entry, region);
    Memory.putInt(entry + 4, capacity);
    Memory.putLong(entry + 8, offset);
    Memory.putInt(entry + 16, bufferId);
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
}
