package dev.twinpath.nic.wire;

/** Comparison of clock readings, whose origin is arbitrary: by difference, never by value. */
final class Times {
  private Times() {}

  /** The later of two times. */
  static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }

  /** The earlier of two times, of which {@link Long#MAX_VALUE} means never. */
  static long earlier(long a, long b) {
    if (a == Long.MAX_VALUE || b == Long.MAX_VALUE) {
      return Math.min(a, b);
    }
    return a - b < 0 ? a : b;
  }
}
