package dev.twinpath.nic.linux;

import dev.twinpath.nic.packet.Memory;

/** The layout of {@code struct iovec}: where a piece of memory begins and how long it is. */
public final class IoVector {
  public static final int LENGTH = 16;

  private IoVector() {}

  /** Writes entry {@code index} of the array at {@code vector}. */
  public static void set(long vector, int index, long address, long length) {
    long at = vector + (long) index * LENGTH;
    Memory.putLong(at, address);
    Memory.putLong(at + 8, length);
  }
}
