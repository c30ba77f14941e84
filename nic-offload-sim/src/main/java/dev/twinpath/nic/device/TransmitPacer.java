package dev.twinpath.nic.device;

/**
 * A token bucket by the device's clock: what holds a transmit queue to a rate.
 *
 * <p>A packet may go while the bucket is not overdrawn, and may overdraw it, so that a packet
 * larger than the bucket still goes and the rate is kept to the bit over time. Setting the rate is
 * for any thread; the rest belongs to the device's.
 */
final class TransmitPacer {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** So that a full bucket, in bits times nanoseconds, fits a long. */
  private static final long MAX_BURST_BYTES = 1L << 30;

  private static final long MAX_BITS_PER_SECOND = 1_000_000_000_000L;

  private record Rate(long bitsPerSecond, long burst) {}

  private volatile Rate wanted = new Rate(0, 0);
  private Rate rate = wanted;

  /** Bits times nanoseconds a second, negative when overdrawn. */
  private long credit;

  private long last;

  /** See {@link QueuePair#pace}. */
  void pace(long bitsPerSecond, long burstBytes) {
    if (bitsPerSecond < 0 || bitsPerSecond > MAX_BITS_PER_SECOND) {
      throw new IllegalArgumentException(
          "a rate is from 1 to 10^12 bit/s, or 0 for none, not " + bitsPerSecond);
    }
    if (burstBytes < 0 || burstBytes > MAX_BURST_BYTES) {
      throw new IllegalArgumentException("a burst is from 0 to 2^30 bytes, not " + burstBytes);
    }
    wanted = new Rate(bitsPerSecond, burstBytes * Byte.SIZE * NANOS_PER_SECOND);
  }

  /** Takes over a new rate, and lets the bucket fill for the time that went by. */
  void advance(long nowNanos) {
    if (rate != wanted) {
      rate = wanted;
      credit = rate.burst;
      last = nowNanos;
    } else if (nowNanos - last > 0) {
      refill(nowNanos - last);
      last = nowNanos;
    }
  }

  private void refill(long elapsed) {
    if (rate.bitsPerSecond != 0) {
      long missing = rate.burst - credit;
      credit =
          elapsed > missing / rate.bitsPerSecond
              ? rate.burst
              : credit + elapsed * rate.bitsPerSecond;
    }
  }

  /** Whether a packet may go now. */
  boolean permits() {
    return rate.bitsPerSecond == 0 || credit >= 0;
  }

  /** A packet of so many bytes went. */
  void charge(long bytes) {
    if (rate.bitsPerSecond != 0) {
      credit -= bytes * Byte.SIZE * NANOS_PER_SECOND;
    }
  }

  /** When a packet may go; now, or earlier, when it already may. */
  long readyNanos() {
    if (permits()) {
      return last;
    }
    return last + (-credit + rate.bitsPerSecond - 1) / rate.bitsPerSecond;
  }
}
