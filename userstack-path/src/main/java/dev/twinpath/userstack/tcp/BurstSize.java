package dev.twinpath.userstack.tcp;

/**
 * How much is sent as one packet: what the connection sends in about a millisecond, as Linux sizes
 * its packets (tcp_tso_autosize), so that a slow path gets no bursts and its acknowledgment clock
 * stays even, while a path within a host or a data centre gets whole packets of 64 KiB.
 */
final class BurstSize {
  /** Nanoseconds of sending in one packet: 2^-10 s. */
  private static final long SPAN = 976_562;

  /** A round trip of so long allows half of a packet more; each further one half of that. */
  private static final int NEAR_SHIFT = 9;

  private static final int NEAR_BYTES = 1 << 16;

  /** A pause after which nothing is held back for a bigger packet. */
  private static final long RECENT = 1_000_000L;

  private BurstSize() {}

  /** Most bytes of one packet. */
  static int of(Connection c, int maxTso) {
    // Never more than half of the window, so that there are always two packets under way.
    long half = Math.max(c.cwnd / 2 / c.mss, 1) * c.mss;
    if (c.srtt == 0) {
      return (int) Math.min(half, maxTso);
    }
    long window = Math.max(c.cwnd, c.outstanding());
    // Linux's pacing rate: twice the window per round trip in slow start, else 1.2 times.
    long rate = c.cwnd < c.ssthresh / 2 ? 2 * window : window + window / 5;
    long bytes = rate * SPAN / c.srtt;
    long near = c.minRtt / 1000 >> NEAR_SHIFT;
    if (near < Integer.SIZE) {
      bytes += NEAR_BYTES >> near;
    }
    long least = (long) c.stack.config.minTsoSegments() * c.mss;
    return (int) Math.min(Math.max(bytes / c.mss * c.mss, least), Math.min(half, maxTso));
  }

  /**
   * Whether to wait for a bigger packet: only while the next acknowledgment is near, and less than
   * a third of the window could go.
   *
   * @param length what could go now
   * @param pipe what is in the network
   */
  static boolean worthWaiting(Connection c, int length, long pipe, long now) {
    SentSegment head = c.sent.head;
    return pipe > 0
        && head != null
        && c.recovery < TransmissionControlBlock.RECOVERY
        && length < Math.min(c.cwnd, c.sndWnd) / 3
        && now - c.lastSentNanos <= RECENT
        && now - head.sentNanos > c.srtt / 2;
  }
}
