package dev.twinpath.userstack.ip;

/**
 * How many ICMP and ICMPv6 errors a shard sends: all together, and to each destination. Both as
 * Linux does: icmp_msgs_per_sec with icmp_msgs_burst, and icmp_ratelimit with six messages at once.
 * What is no error, and packet too big, is not limited (icmp_ratemask).
 */
final class IcmpLimit {
  private static final int DESTINATIONS = 1024;

  /** Linux's XRLIM_BURST_FACTOR: what an idle destination may get at once. */
  private static final int BURST_FACTOR = 6;

  private final TokenBucket all;
  private final AddressSlots slots;
  private final long[] credit = new long[DESTINATIONS];
  private final long[] last = new long[DESTINATIONS];
  private final long intervalNanos;

  /**
   * Creates the limits.
   *
   * @param perSecond messages per second to all destinations together
   * @param burst of those at once
   * @param intervalMillis between messages to one destination; 0 = no limit
   * @param secret not to be guessed by who sends packets
   */
  IcmpLimit(int perSecond, int burst, int intervalMillis, long secret, long nowNanos) {
    all = new TokenBucket(perSecond, burst, nowNanos);
    intervalNanos = intervalMillis * 1_000_000L;
    slots = new AddressSlots(DESTINATIONS, secret);
  }

  /** Whether one more may be sent to anybody now; takes it. */
  boolean takeGlobal(long nowNanos) {
    return all.take(nowNanos);
  }

  /**
   * Whether one more may be sent to a destination now; takes it.
   *
   * @param shift the interval is divided by two to this: Linux gives an IPv6 destination more the
   *     wider the prefix of its route
   */
  boolean take(long high, long low, int shift, long nowNanos) {
    long interval = intervalNanos >> shift;
    if (interval == 0) {
      return true;
    }
    int slot = slots.find(high, low);
    if (slot < 0) {
      slot = slots.claim(high, low);
      credit[slot] = interval * BURST_FACTOR;
    } else {
      long earned = credit[slot] + nowNanos - last[slot];
      credit[slot] = Math.min(interval * BURST_FACTOR, earned);
    }
    last[slot] = nowNanos;
    if (credit[slot] < interval) {
      return false;
    }
    credit[slot] -= interval;
    return true;
  }
}
