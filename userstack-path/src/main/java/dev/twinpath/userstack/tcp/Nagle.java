package dev.twinpath.userstack.tcp;

/**
 * Whether a segment that is not full waits: Nagle's algorithm (RFC 896) with Minshall's rule, which
 * holds it back only while another such segment is outstanding, and TCP_CORK and MSG_MORE, which
 * hold it back until the application says otherwise.
 */
final class Nagle {
  private Nagle() {}

  /** Whether the last so many bytes of the queue, less than a segment of them, wait. */
  static boolean holds(Connection c, int length) {
    if (c.finQueued || c.sndNxt + length <= c.pushEnd) {
      return false;
    }
    return c.cork || c.more || c.nagle && c.smallEnd > c.sndUna && c.sndNxt > c.sndUna;
  }
}
