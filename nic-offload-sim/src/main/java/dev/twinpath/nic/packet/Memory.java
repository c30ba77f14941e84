package dev.twinpath.nic.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Raw off-heap memory by absolute address: the one place where a {@code long} becomes a load or a
 * store.
 *
 * <p>Nothing is checked here. Whoever turns untrusted numbers into an address (the NIC's
 * registration table, a parser's length check) checks first. Everything is static and the layouts
 * are constants, so that every method compiles to a plain load or store.
 *
 * <p>Suffix {@code BE} means network byte order; without it the machine's own order. Byte and short
 * getters return unsigned values.
 *
 * <p>A load from a file mapping that was truncated meanwhile raises {@link InternalError}, perhaps
 * a little later than the access itself: see {@link #faultBarrier}.
 */
public final class Memory {
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort SHORT_BE = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_BE = INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG_BE = LONG.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle ALIGNED_INT =
      ValueLayout.JAVA_INT.varHandle().withInvokeExactBehavior();
  private static final VarHandle ALIGNED_LONG =
      ValueLayout.JAVA_LONG.varHandle().withInvokeExactBehavior();

  private Memory() {}

  /**
   * Raises the {@link InternalError} of an earlier load from a truncated mapping here at the
   * latest.
   *
   * <p>The JVM notes such a fault in the signal handler, goes on with garbage, and throws at the
   * thread's next safepoint check, which compiled code may have moved behind a {@code try}. A call
   * of a native method that is no intrinsic has such a check when it returns.
   */
  public static void faultBarrier() {
    if (Thread.holdsLock(ALL)) {
      throw new IllegalStateException("nobody locks it");
    }
  }

  /** Returns a view of {@code length} bytes at {@code address}, without a lifetime. */
  public static MemorySegment segment(long address, long length) {
    return ALL.asSlice(address, length);
  }

  public static int getByte(long address) {
    return ALL.get(BYTE, address) & 0xff;
  }

  public static void putByte(long address, int value) {
    ALL.set(BYTE, address, (byte) value);
  }

  public static int getShort(long address) {
    return ALL.get(SHORT, address) & 0xffff;
  }

  public static void putShort(long address, int value) {
    ALL.set(SHORT, address, (short) value);
  }

  public static int getInt(long address) {
    return ALL.get(INT, address);
  }

  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  public static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  public static int getShortBE(long address) {
    return ALL.get(SHORT_BE, address) & 0xffff;
  }

  public static void putShortBE(long address, int value) {
    ALL.set(SHORT_BE, address, (short) value);
  }

  public static int getIntBE(long address) {
    return ALL.get(INT_BE, address);
  }

  public static void putIntBE(long address, int value) {
    ALL.set(INT_BE, address, value);
  }

  public static long getLongBE(long address) {
    return ALL.get(LONG_BE, address);
  }

  public static void putLongBE(long address, long value) {
    ALL.set(LONG_BE, address, value);
  }

  /** Loads an aligned int; later loads and stores stay after it. */
  public static int getIntAcquire(long address) {
    return (int) ALIGNED_INT.getAcquire(ALL, address);
  }

  /** Stores an aligned int; earlier loads and stores stay before it. */
  public static void putIntRelease(long address, int value) {
    ALIGNED_INT.setRelease(ALL, address, value);
  }

  /** Loads an aligned int in the one total order of all volatile accesses. */
  public static int getIntVolatile(long address) {
    return (int) ALIGNED_INT.getVolatile(ALL, address);
  }

  /** Stores an aligned int in the one total order of all volatile accesses. */
  public static void putIntVolatile(long address, int value) {
    ALIGNED_INT.setVolatile(ALL, address, value);
  }

  /** Stores an aligned long in the one total order of all volatile accesses. */
  public static void putLongVolatile(long address, long value) {
    ALIGNED_LONG.setVolatile(ALL, address, value);
  }

  /** Replaces an aligned int and returns what was there. */
  public static int getAndSetInt(long address, int value) {
    return (int) ALIGNED_INT.getAndSet(ALL, address, value);
  }

  /** Loads an aligned long; later loads and stores stay after it. */
  public static long getLongAcquire(long address) {
    return (long) ALIGNED_LONG.getAcquire(ALL, address);
  }

  /** Stores an aligned long; earlier loads and stores stay before it. */
  public static void putLongRelease(long address, long value) {
    ALIGNED_LONG.setRelease(ALL, address, value);
  }

  /** Loads an aligned long in the one total order of all volatile accesses. */
  public static long getLongVolatile(long address) {
    return (long) ALIGNED_LONG.getVolatile(ALL, address);
  }

  /** Copies bytes; the ranges may overlap. */
  public static void copy(long from, long to, long length) {
    MemorySegment.copy(ALL, from, ALL, to, length);
  }

  /** Copies bytes of an array to memory. */
  public static void copy(byte[] from, int offset, long to, int length) {
    MemorySegment.copy(from, offset, ALL, BYTE, to, length);
  }

  /** Copies bytes of memory to an array. */
  public static void copy(long from, byte[] to, int offset, int length) {
    MemorySegment.copy(ALL, BYTE, from, to, offset, length);
  }

  /** Sets every byte of a range. */
  public static void fill(long address, long length, int value) {
    ALL.asSlice(address, length).fill((byte) value);
  }

  /** Returns a copy of {@code length} bytes; for tests and diagnostics. */
  public static byte[] toArray(long address, int length) {
    byte[] copy = new byte[length];
    copy(address, copy, 0, length);
    return copy;
  }
}
