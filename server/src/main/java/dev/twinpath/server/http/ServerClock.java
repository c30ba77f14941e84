package dev.twinpath.server.http;

/** The wall clock of one event loop, with the Date header of the current second ready-made. */
final class ServerClock {
  private long second = Long.MIN_VALUE;
  private byte[] date = new byte[HttpDate.LENGTH];

  /** Looks at the clock; called once for each batch of requests. */
  void update() {
    long now = Math.floorDiv(System.currentTimeMillis(), 1000L);
    if (now != second) {
      second = now;
      date = HttpDate.bytes(now);
    }
  }

  /** The second of the last update, since 1970. */
  long second() {
    return second;
  }

  /** The IMF-fixdate of that second; not to be changed. */
  byte[] date() {
    return date;
  }
}
