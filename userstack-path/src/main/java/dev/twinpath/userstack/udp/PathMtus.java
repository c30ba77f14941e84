package dev.twinpath.userstack.udp;

import dev.twinpath.userstack.ip.IpAddress;

/**
 * What routers said about the longest packet to some destinations (RFC 1191, RFC 8201): a small
 * table in which newer answers push out older ones, and each is forgotten after ten minutes. One
 * thread.
 */
final class PathMtus {
  /**
   * Linux's net.ipv4.route.min_pmtu: below it routers are not believed, and may cut the packets.
   */
  static final int MIN_4 = 552;

  /** RFC 8200 section 5. */
  static final int MIN_6 = 1280;

  private static final int SIZE = 64;
  private static final long LIFETIME = 600_000_000_000L;

  private final long[] highs = new long[SIZE];
  private final long[] lows = new long[SIZE];
  private final int[] mtus = new int[SIZE];
  private final long[] expiries = new long[SIZE];
  private boolean used;

  private static int slot(long high, long low) {
    return (int) ((high * 31 + low) * 0x9e3779b97f4a7c15L >>> 58);
  }

  /** The longest packet to a destination. */
  int get(long high, long low, int linkMtu, long now) {
    if (!used) {
      return linkMtu;
    }
    int slot = slot(high, low);
    boolean known = lows[slot] == low && highs[slot] == high && expiries[slot] - now > 0;
    return known ? mtus[slot] : linkMtu;
  }

  /** A router spoke, of a packet that we may have sent. Only ever makes packets shorter. */
  void learn(long high, long low, int mtu, int linkMtu, long now) {
    int least = IpAddress.isV4(high, low) ? MIN_4 : MIN_6;
    int believed = Math.max(least, mtu);
    if (believed >= get(high, low, linkMtu, now)) {
      return;
    }
    int slot = slot(high, low);
    used = true;
    highs[slot] = high;
    lows[slot] = low;
    mtus[slot] = believed;
    expiries[slot] = now + LIFETIME;
  }
}
