package dev.twinpath.loadgen.engine;

/**
 * The intended send times of a constant rate, shared out over threads.
 *
 * <p>Request {@code i} of the whole run is due {@code i / rate} seconds after the start, whatever
 * happened to those before it; thread {@code t} of {@code n} sends the requests {@code t, t + n, t
 * + 2n, ...}. The time of each is computed anew from its number, so that rounding never adds up.
 */
public final class ConstantRate {
  private final long startNanos;
  private final double nanosPerRequest;
  private final int stride;
  private final int offset;

  /**
   * Creates one thread's share.
   *
   * @param startNanos when request 0 is due, in the clock of {@link System#nanoTime()}
   * @param rate requests per second of all threads together, above 0
   * @param offset the number of this thread, from 0
   * @param stride the number of threads
   */
  public ConstantRate(long startNanos, double rate, int offset, int stride) {
    if (!(rate > 0) || stride < 1 || offset < 0 || offset >= stride) {
      throw new IllegalArgumentException("rate " + rate + ", share " + offset + "/" + stride);
    }
    this.startNanos = startNanos;
    this.nanosPerRequest = 1e9 / rate;
    this.offset = offset;
    this.stride = stride;
  }

  /** Returns when the n-th request of this thread (from 0) is due. */
  public long intendedNanos(long n) {
    return startNanos + (long) ((n * stride + offset) * nanosPerRequest);
  }
}
