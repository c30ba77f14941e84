package dev.twinpath.userstack.ip;

/**
 * What the paths to destinations let through (RFC 1191, RFC 8201), learnt from routers' packet too
 * big messages. At most 1024 destinations, each for 10 minutes as Linux's mtu_expires: then the
 * link's own MTU is tried again.
 *
 * <p>Whoever learns has checked that the message quotes a packet of ours (RFC 5927): a forged one
 * costs throughput.
 */
public final class PathMtu {
  /** What every IPv6 path lets through (RFC 8200 section 5). */
  public static final int MIN_IPV6 = 1280;

  /** The least that is believed of an IPv4 path: Linux's ip_rt_min_pmtu. */
  public static final int MIN_IPV4 = 552;

  private static final int SLOTS = 1024;
  private static final long EXPIRY = 600_000_000_000L;

  private final AddressSlots slots;
  private final int[] mtu = new int[SLOTS];
  private final long[] expires = new long[SLOTS];
  private final int linkMtu;

  /**
   * Creates an empty cache.
   *
   * @param linkMtu of the link that all paths begin with
   * @param secret not to be guessed by who sends packets
   */
  public PathMtu(int linkMtu, long secret) {
    this.linkMtu = linkMtu;
    slots = new AddressSlots(SLOTS, secret);
  }

  /** The greatest packet, IP header included, that is sent whole to a destination. */
  public int get(long high, long low, long nowNanos) {
    int slot = slots.find(high, low);
    return slot < 0 || nowNanos >= expires[slot] ? linkMtu : mtu[slot];
  }

  /**
   * A router said what it lets through. More than is known is not believed, nor is less than a path
   * must carry: for IPv6 such a message says nothing (RFC 8201 section 4), for IPv4 it says {@link
   * #MIN_IPV4}.
   *
   * @param reported bytes of IP packet; 0 = the router did not say
   * @return the path's MTU from now on
   */
  public int learn(long high, long low, int reported, long nowNanos) {
    int known = get(high, low, nowNanos);
    boolean v4 = IpAddress.isV4(high, low);
    if (!v4 && reported < MIN_IPV6) {
      return known;
    }
    int believed = v4 ? Math.max(reported, MIN_IPV4) : reported;
    if (believed >= known) {
      return known;
    }
    int slot = slots.find(high, low);
    if (slot < 0) {
      slot = slots.claim(high, low);
    }
    mtu[slot] = believed;
    expires[slot] = nowNanos + EXPIRY;
    return believed;
  }

  /** The link's MTU: no path lets more through. */
  public int linkMtu() {
    return linkMtu;
  }
}
