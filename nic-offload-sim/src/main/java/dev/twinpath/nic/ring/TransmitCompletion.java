package dev.twinpath.nic.ring;

import dev.twinpath.nic.packet.Memory;

/** The layout of a transmit completion: cookie(8), position after the packet(8), status(4). */
public final class TransmitCompletion {
  private TransmitCompletion() {}

  public static void write(long entry, long cookie, long nextPosition, int status) {
    Memory.putLong(entry, cookie);
    Memory.putLong(entry + 8, nextPosition);
    Memory.putInt(entry + 16, status);
  }

  public static long cookie(long entry) {
    return Memory.getLong(entry);
  }

  /** The transmit ring's position after the packet: descriptors before it are free again. */
  public static long nextPosition(long entry) {
    return Memory.getLong(entry + 8);
  }

  public static int status(long entry) {
    return Memory.getInt(entry + 16);
  }
}
