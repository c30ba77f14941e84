package dev.twinpath.nic.packet;

/** TCP sequence numbers: arithmetic modulo 2^32 (RFC 9293 section 3.4). */
public final class SequenceNumber {
  private SequenceNumber() {}

  /** Whether {@code a} comes before {@code b}. */
  public static boolean lessThan(int a, int b) {
    return a - b < 0;
  }

  /** Whether {@code a} comes before {@code b} or is it. */
  public static boolean lessOrEqual(int a, int b) {
    return a - b <= 0;
  }

  /** The later of two. */
  public static int max(int a, int b) {
    return a - b < 0 ? b : a;
  }

  /** The earlier of two. */
  public static int min(int a, int b) {
    return a - b < 0 ? a : b;
  }

  /** How far {@code b} is after {@code a}, from -2^31 to 2^31 - 1. */
  public static int distance(int a, int b) {
    return b - a;
  }

  /**
   * Whether {@code value} is in the window of {@code length} bytes that begins at {@code first}.
   */
  public static boolean inWindow(int value, int first, int length) {
    return Integer.compareUnsigned(value - first, length) < 0;
  }
}
