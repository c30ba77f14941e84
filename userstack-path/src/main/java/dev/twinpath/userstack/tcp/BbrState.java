package dev.twinpath.userstack.tcp;

/**
 * What BBR knows of a connection's path, and where it is in its cycle; names as in
 * draft-ietf-ccwg-bbr section 2. Rates in bytes a second, volumes in bytes, times in nanoseconds of
 * the shard.
 */
final class BbrState {
  /** The states of section 5.1; those of ProbeBW one by one. */
  enum Phase {
    STARTUP,
    DRAIN,
    PROBE_DOWN,
    PROBE_CRUISE,
    PROBE_REFILL,
    PROBE_UP,
    PROBE_RTT;

    /** Whether it is one of ProbeBW's. */
    boolean isProbeBandwidth() {
      return this == PROBE_DOWN || this == PROBE_CRUISE || this == PROBE_REFILL || this == PROBE_UP;
    }
  }

  /** What the acknowledgments are of that come now (section 5.3.3.6). */
  enum Acks {
    NO_PROBE,
    PROBE_STARTING,
    PROBE_FEEDBACK,
    PROBE_STOPPING,
    REFILLING
  }

  /** No bound. */
  static final long UNBOUNDED = Long.MAX_VALUE;

  Phase phase = Phase.STARTUP;
  double pacingGain;
  double windowGain;

  // --- round trips, counted by what is delivered
  long roundCount;
  boolean roundStart;
  long nextRoundDelivered;
  boolean idleRestart;

  // --- the model of the path
  double maxBandwidth;

  /** The greatest samples of the cycle before and of this one. */
  double previousCycleBandwidth;

  double cycleBandwidth;

  /** bw_lo, or bw_shortterm. */
  double bandwidthLow = Double.MAX_VALUE;

  /** bw: what is believed now. */
  double bandwidth;

  long minRtt = UNBOUNDED;
  long minRttNanos;

  /** inflight_hi, or inflight_longterm. */
  long inflightHigh = UNBOUNDED;

  /** inflight_lo, or inflight_shortterm. */
  long inflightLow = UNBOUNDED;

  // --- the last round
  double latestBandwidth;
  long latestInflight;
  boolean lossRoundStart;
  long lossRoundDelivered;
  boolean lossInRound;
  int lossEvents;
  long lastLostEnd;

  /** Whether the window was the limit, in the round before and so far in this one. */
  boolean windowLimited;

  boolean windowLimitedThisRound;

  /** Round trips in a row in which a router marked, in Startup. */
  int markedRounds;

  boolean markedInRound;

  // --- aggregation of acknowledgments
  long extraAckedNanos;
  long extraAckedDelivered;
  long extraAcked;
  final long[] extraAckedWindow = new long[2];
  int extraAckedIndex;
  int extraAckedRounds;

  // --- whether the pipe is full
  boolean filled;
  boolean fullNow;
  double fullBandwidth;
  int fullRounds;
  long drainRound;

  // --- ProbeBW
  Acks acks = Acks.NO_PROBE;
  long cycleNanos;
  long probeWait;
  long roundsSinceProbe;
  int probeUpRounds;
  long probeUpAcked;
  long probeUpBytes = UNBOUNDED;
  boolean probeSamples;

  // --- ProbeRTT
  long probeRttMin = UNBOUNDED;
  long probeRttNanos;
  boolean probeRttExpired;
  long probeRttDoneNanos;
  boolean probeRttRoundDone;
  long probeRttCount;
  long priorWindow;

  // --- for undo
  Phase undoPhase = Phase.STARTUP;
  double undoBandwidthLow = Double.MAX_VALUE;
  long undoInflightLow = UNBOUNDED;
  long undoInflightHigh = UNBOUNDED;

  private long random;

  BbrState(long seed) {
    random = seed * 0x9e3779b97f4a7c15L | 1;
  }

  /** A number from 0 to below a bound: nobody gains by guessing it. */
  long random(long bound) {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return (random >>> 1) % bound;
  }

  /** Counts the bottleneck's bandwidth as not yet found again. */
  void resetFullBandwidth(double baseline) {
    fullBandwidth = baseline;
    fullRounds = 0;
    fullNow = false;
  }

  /** BBRResetShortTermModel. */
  void resetLow() {
    bandwidthLow = Double.MAX_VALUE;
    inflightLow = UNBOUNDED;
  }

  /** BBRResetCongestionSignals. */
  void resetSignals() {
    lossInRound = false;
    latestBandwidth = 0;
    latestInflight = 0;
  }
}
