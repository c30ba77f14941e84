package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;

/** The layout of a receive completion: buffer id(4), length(4), flags(4), flow tag(4). */
public final class ReceiveCompletion {
  private ReceiveCompletion() {}

  public static void write(long entry, int bufferId, int length, int flags, int flowTag) {
    Memory.putInt(entry, bufferId);
    Memory.putInt(entry + 4, length);
    Memory.putInt(entry + 8, flags);
    Memory.putInt(entry + 12, flowTag);
  }

  public static int bufferId(long entry) {
    return Memory.getInt(entry);
  }

  public static int length(long entry) {
    return Memory.getInt(entry + 4);
  }

  public static int flags(long entry) {
    return Memory.getInt(entry + 8);
  }

  public static int flowTag(long entry) {
    return Memory.getInt(entry + 12);
  }
}
