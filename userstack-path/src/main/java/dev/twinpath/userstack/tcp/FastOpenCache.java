package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.ip.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a client remembers of servers that speak TCP Fast Open (RFC 7413 section 4.1.3): cookie,
 * MSS, and whether SYNs with data get lost on the way. The entry that was used least recently makes
 * room. One thread; used once per active open.
 */
final class FastOpenCache {
  private static final int LIMIT = 1024;
  private static final int DEFAULT_MSS = 536;
  private static final long MINUTE = 60_000_000_000L;

  private static final class Server {
    int length = -1;
    long high;
    long low;
    int mss = DEFAULT_MSS;
    int losses;
    long lastLossNanos;
  }

  private final Map<IpAddress, Server> entries =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Server> eldest) {
          return size() > LIMIT;
        }
      };

  private Server get(Connection c) {
    return entries.get(new IpAddress(c.remoteHigh, c.remoteLow));
  }

  private Server make(Connection c) {
    return entries.computeIfAbsent(
        new IpAddress(c.remoteHigh, c.remoteLow), address -> new Server());
  }

  int size() {
    return entries.size();
  }

  /** Bytes of the server's cookie, -1 if none is known. */
  int length(Connection c) {
    Server e = get(c);
    return e == null ? -1 : e.length;
  }

  long high(Connection c) {
    Server e = get(c);
    return e == null ? 0 : e.high;
  }

  long low(Connection c) {
    Server e = get(c);
    return e == null ? 0 : e.low;
  }

  int mss(Connection c) {
    Server e = get(c);
    return e == null ? DEFAULT_MSS : e.mss;
  }

  void put(Connection c, int length, long high, long low, int mss) {
    Server e = make(c);
    e.length = length;
    e.high = high;
    e.low = low;
    e.mss = mss == 0 ? DEFAULT_MSS : mss;
  }

  void delivered(Connection c) {
    make(c).losses = 0;
  }

  void lost(Connection c, long nowNanos) {
    Server e = make(c);
    e.losses++;
    e.lastLossNanos = nowNanos;
  }

  /** Whether SYNs of this kind were lost again and again: none for a minute, then for two, ... */
  boolean isLossy(Connection c, long nowNanos) {
    Server e = get(c);
    return e != null
        && e.losses > 1
        && nowNanos - e.lastLossNanos < MINUTE << Math.min(e.losses, 10);
  }
}
