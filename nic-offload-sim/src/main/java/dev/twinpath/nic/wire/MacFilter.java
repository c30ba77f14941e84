package dev.twinpath.nic.wire;

/**
 * Programs of the classic packet filter (the kernel's Documentation/networking/filter.rst) that a
 * packet socket runs before it takes a copy of a frame. On an interface that the kernel uses too,
 * most frames are not ours.
 *
 * <p>An instruction is a {@code struct sock_filter}, here as the eight bytes of a little-endian
 * long: code(2), jump if true(1), jump if false(1), constant(4).
 */
final class MacFilter {
  private static final int LOAD_WORD = 0x20;
  private static final int LOAD_HALF = 0x28;
  private static final int LOAD_BYTE = 0x30;
  private static final int JUMP_EQUAL = 0x15;
  private static final int JUMP_ANY_BIT = 0x45;
  private static final int RETURN = 0x06;
  private static final int WHOLE_FRAME = -1;

  private MacFilter() {}

  /** Lets nothing in. */
  static long[] nothing() {
    return new long[] {instruction(RETURN, 0, 0, 0)};
  }

  /** Lets in what goes to an address or to a group, whole. */
  static long[] forAddress(long mac) {
    return new long[] {
      instruction(LOAD_BYTE, 0, 0, 0),
      instruction(JUMP_ANY_BIT, 4, 0, 1),
      instruction(LOAD_WORD, 0, 0, 2),
      instruction(JUMP_EQUAL, 0, 3, (int) mac),
      instruction(LOAD_HALF, 0, 0, 0),
      instruction(JUMP_EQUAL, 0, 1, (int) (mac >>> 32)),
      instruction(RETURN, 0, 0, WHOLE_FRAME),
      instruction(RETURN, 0, 0, 0),
    };
  }

  private static long instruction(int code, int ifTrue, int ifFalse, int constant) {
    return code | (long) ifTrue << 16 | (long) ifFalse << 24 | (long) constant << 32;
  }
}
