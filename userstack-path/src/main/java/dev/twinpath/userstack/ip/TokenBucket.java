package dev.twinpath.userstack.ip;

/** A rate limit: so many per second, and so many at once. */
public final class TokenBucket {
  private static final long SECOND = 1_000_000_000L;

  private final long costNanos;
  private final long burstNanos;
  private long creditNanos;
  private long lastNanos;

  /**
   * Creates a full bucket that holds one second's worth.
   *
   * @param perSecond events per second; 0 = none at all
   */
  public TokenBucket(int perSecond, long nowNanos) {
    this(perSecond, perSecond, nowNanos);
  }

  /**
   * Creates a full bucket.
   *
   * @param perSecond events per second; 0 = none at all
   * @param burst events at once, at least 1
   */
  public TokenBucket(int perSecond, int burst, long nowNanos) {
    costNanos = perSecond <= 0 ? Long.MAX_VALUE : SECOND / perSecond;
    burstNanos = perSecond <= 0 ? 0 : costNanos * Math.max(1, burst);
    creditNanos = burstNanos;
    lastNanos = nowNanos;
  }

  /** Takes one token; false if there is none. */
  public boolean take(long nowNanos) {
    if (nowNanos > lastNanos) {
      creditNanos = Math.min(burstNanos, creditNanos + (nowNanos - lastNanos));
      lastNanos = nowNanos;
    }
    if (creditNanos < costNanos) {
      return false;
    }
    creditNanos -= costNanos;
    return true;
  }
}
