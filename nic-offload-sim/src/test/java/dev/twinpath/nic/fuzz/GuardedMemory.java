package dev.twinpath.nic.fuzz;

import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;

/**
 * A range with a known pattern on both sides: a write outside shows as a changed pattern, and a
 * range that ends where a page that may not be touched begins makes a read outside a crash.
 */
final class GuardedMemory {
  private static final int GUARD = 8192;
  private static final int PATTERN = 0xa5;

  final long address;
  final int length;

  GuardedMemory(Arena arena, int length) {
    this.length = length;
    long base = arena.allocate(length + 2L * GUARD, 4096).address();
    Memory.fill(base, length + 2L * GUARD, PATTERN);
    address = base + GUARD;
  }

  boolean isIntact() {
    return isPattern(address - GUARD) && isPattern(address + length);
  }

  private static boolean isPattern(long at) {
    for (int i = 0; i < GUARD; i += 8) {
      if (Memory.getLong(at + i) != 0xa5a5a5a5a5a5a5a5L) {
        return false;
      }
    }
    return true;
  }
}
