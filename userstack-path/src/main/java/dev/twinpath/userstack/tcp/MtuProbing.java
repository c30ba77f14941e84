package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;

/**
 * Packetization-layer path MTU discovery (RFC 4821; RFC 8899 gives the search its terms), with
 * Linux's rules and limits: it finds a path's MTU where ICMP's "packet too big" never comes, by
 * segments of new data that are larger than the others. The loss of such a probe says nothing of
 * congestion.
 *
 * <p>With {@link StackConfig#MTU_PROBING_ON_BLACK_HOLE} nothing is done until three timeouts in a
 * row make a black hole likely; then the segments shrink to {@link StackConfig#baseMss} and the
 * search begins. With {@link StackConfig#MTU_PROBING_ALWAYS} each connection begins there.
 */
final class MtuProbing {
  /** Linux's tcp_mtu_probe_floor. */
  private static final int FLOOR = 48;

  /** Linux's tcp_probe_threshold: a search that is this close has ended. */
  private static final int THRESHOLD = 8;

  /** Linux's tcp_probe_interval: when an ended search begins anew. */
  private static final long INTERVAL = 600_000_000_000L;

  /** Linux's tcp_retries1. */
  private static final int SUSPICIOUS_TIMEOUTS = 3;

  /** Segments of window that a probe needs beside it, so that its loss shows by duplicates. */
  private static final int LEAST_WINDOW = 11;

  private static final int DUPLICATES = 3;

  private final TcpStack stack;
  private final int mode;

  MtuProbing(TcpStack stack) {
    this.stack = stack;
    mode = stack.config.mtuProbing();
  }

  /** A connection is established; its MSS is what the link and the peer allow. */
  void begin(Connection c) {
    if (mode == StackConfig.MTU_PROBING_ALWAYS) {
      c.mtuSearch = search(c);
      c.mtuSearch.enabled = true;
      c.mss = Math.min(c.mss, c.mtuSearch.low);
    }
  }

  private MtuSearch search(Connection c) {
    MtuSearch search = new MtuSearch();
    search.high = c.mss;
    search.low = Math.min(c.mss, stack.config.baseMss());
    search.sinceNanos = stack.now;
    return search;
  }

  /** The retransmission timer fired; perhaps because what is sent is too large for the path. */
  void onTimeout(Connection c) {
    if (mode == StackConfig.MTU_PROBING_OFF || c.retransmits < SUSPICIOUS_TIMEOUTS) {
      return;
    }
    if (c.mtuSearch == null) {
      c.mtuSearch = search(c);
    }
    MtuSearch search = c.mtuSearch;
    if (!search.enabled) {
      search.enabled = true;
      search.sinceNanos = stack.now;
      stack.counters.increment(StackCounter.MTU_BLACK_HOLES);
    } else {
      search.low = Math.max(Math.min(search.low / 2, stack.config.baseMss()), FLOOR);
    }
    search.probe = 0;
    c.mss = Math.min(c.mss, search.low);
  }

  /** ICMP told of a limit. */
  void onTooBig(Connection c, int mss) {
    MtuSearch search = c.mtuSearch;
    if (search != null) {
      search.high = Math.min(search.high, mss);
      search.low = Math.min(search.low, mss);
      search.probe = 0;
    }
  }

  /** Something is retransmitted: what the probe would say is no longer clear. */
  static void onRetransmission(Connection c) {
    if (c.mtuSearch != null) {
      c.mtuSearch.probe = 0;
    }
  }

  /**
   * Whether a probe should go now instead of a segment.
   *
   * @return its payload in bytes; 0 = no; -1 = soon, and nothing else should go before it
   */
  int due(Connection c) {
    MtuSearch search = c.mtuSearch;
    if (search == null
        || !search.enabled
        || search.probe != 0
        || c.recovery != TransmissionControlBlock.OPEN
        || c.cwnd < (long) LEAST_WINDOW * c.mss
        || SegmentWriter.sackLength(c) > 0) {
      return 0;
    }
    int probe = (search.high + search.low) / 2;
    long needed = probe + (DUPLICATES + 1L) * c.mss;
    if (search.high - search.low < THRESHOLD) {
      beginAgain(c, search);
      return 0;
    }
    if (c.unsentFlushed() < needed || c.sndWnd < needed) {
      return 0;
    }
    if (c.sndNxt + needed > c.sndUna + c.sndWnd) {
      return -1;
    }
    long pipe = c.pipe();
    if (pipe + 2L * c.mss > c.cwnd) {
      return pipe == 0 ? 0 : -1;
    }
    return probe;
  }

  private void beginAgain(Connection c, MtuSearch search) {
    if (stack.now - search.sinceNanos >= INTERVAL) {
      search.sinceNanos = stack.now;
      search.high = Math.max(search.high, c.mssLimit);
    }
  }

  /** The probe left. */
  void sent(Connection c, long start, int length) {
    c.mtuSearch.probe = length;
    c.mtuSearch.probeStart = start;
    c.mtuSearch.probeEnd = start + length;
    stack.counters.increment(StackCounter.MTU_PROBES);
  }

  /** Data was acknowledged: has the probe passed? */
  void onAcknowledged(Connection c) {
    MtuSearch search = c.mtuSearch;
    if (search == null || search.probe == 0 || c.sndUna < search.probeEnd) {
      return;
    }
    stack.counters.increment(StackCounter.MTU_PROBE_SUCCESSES);
    search.low = search.probe;
    search.probe = 0;
    c.mss = Math.max(c.mss, search.low);
  }

  /**
   * A loss was found. True if it is the probe's alone: it is sent again in pieces, and the window
   * stays.
   */
  boolean onLoss(Connection c) {
    MtuSearch search = c.mtuSearch;
    if (search == null || search.probe == 0 || c.sndUna != search.probeStart) {
      return false;
    }
    stack.counters.increment(StackCounter.MTU_PROBE_FAILURES);
    search.high = search.probe - 1;
    search.probe = 0;
    return true;
  }
}
