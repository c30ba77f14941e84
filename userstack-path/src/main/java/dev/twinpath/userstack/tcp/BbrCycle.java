package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.tcp.BbrState.Acks;
import dev.twinpath.userstack.tcp.BbrState.Phase;

/** BBR's states and the ways between them (draft-ietf-ccwg-bbr sections 5.3 and 5.4). */
final class BbrCycle {
  /** Section 5.3.1: 4 ln 2, with which the rate doubles each round trip. */
  static final double STARTUP_GAIN = 2.773;

  private static final double DRAIN_GAIN = 0.5;
  private static final double DOWN_GAIN = 0.9;
  private static final double UP_GAIN = 1.25;
  private static final double WINDOW_GAIN = 2.0;
  private static final double UP_WINDOW_GAIN = 2.25;
  private static final double PROBE_RTT_WINDOW_GAIN = 0.5;
  private static final double FULL_GROWTH = 1.25;
  private static final int FULL_ROUNDS = 3;
  private static final int FULL_LOSS_EVENTS = 6;
  private static final int FULL_MARKED_ROUNDS = 2;
  private static final int DRAIN_ROUNDS = 3;
  private static final int MAX_RENO_ROUNDS = 63;
  private static final int MAX_UP_ROUNDS = 30;
  private static final long SECOND = 1_000_000_000L;
  private static final long MIN_RTT_WINDOW = 10 * SECOND;
  private static final long PROBE_RTT_INTERVAL = 5 * SECOND;
  private static final long PROBE_RTT_DURATION = 200_000_000L;

  private BbrCycle() {}

  // --- Startup and Drain

  static void enterStartup(BbrState s) {
    s.phase = Phase.STARTUP;
    s.pacingGain = STARTUP_GAIN;
    s.windowGain = WINDOW_GAIN;
  }

  /** Whether the rate has stopped growing: section 5.3.1.2. */
  static void checkFull(BbrState s, RateSample sample) {
    if (s.fullNow || !s.roundStart || sample.appLimited) {
      return;
    }
    if (sample.deliveryRate >= s.fullBandwidth * FULL_GROWTH) {
      s.resetFullBandwidth(sample.deliveryRate);
      return;
    }
    s.fullNow = ++s.fullRounds >= FULL_ROUNDS;
    s.filled |= s.fullNow;
  }

  static void checkStartup(Connection c, BbrState s, RateSample sample) {
    checkStartupLoss(c, s, sample);
    if (s.phase == Phase.STARTUP && s.filled) {
      s.phase = Phase.DRAIN;
      s.pacingGain = DRAIN_GAIN;
      s.windowGain = WINDOW_GAIN;
      s.drainRound = s.roundCount;
    }
  }

  /** A round with many losses, or two with marks, show a full buffer too: section 5.3.1.3. */
  private static void checkStartupLoss(Connection c, BbrState s, RateSample sample) {
    if (s.filled || !s.lossRoundStart) {
      return;
    }
    s.markedRounds = s.markedInRound ? s.markedRounds + 1 : 0;
    s.markedInRound = false;
    boolean lossy =
        s.lossEvents >= FULL_LOSS_EVENTS && BbrModel.isTooHigh(sample.lost, sample.inflightAtSend);
    s.lossEvents = 0;
    if (lossy || s.markedRounds >= FULL_MARKED_ROUNDS) {
      s.filled = true;
      s.fullNow = true;
      s.inflightHigh = Math.max(BbrModel.product(c, s, s.maxBandwidth, 1), s.latestInflight);
    }
  }

  static void checkDrain(Connection c, BbrState s, int quantum, long now) {
    if (s.phase == Phase.DRAIN
        && (BbrModel.inNetwork(c, s, now) <= BbrModel.inflight(c, s, s.maxBandwidth, 1, quantum)
            || s.roundCount > s.drainRound + DRAIN_ROUNDS)) {
      startDown(c, s, now);
    }
  }

  // --- ProbeBW

  static void startDown(Connection c, BbrState s, long now) {
    s.resetSignals();
    s.probeUpBytes = BbrState.UNBOUNDED;
    // Section 5.3.3.5.3: two to three seconds, and a round less or more.
    s.roundsSinceProbe = s.random(2);
    s.probeWait = 2 * SECOND + s.random(SECOND);
    s.cycleNanos = now;
    s.acks = Acks.PROBE_STOPPING;
    BbrModel.startRound(c, s);
    s.phase = Phase.PROBE_DOWN;
    s.pacingGain = DOWN_GAIN;
    s.windowGain = WINDOW_GAIN;
  }

  private static void startCruise(BbrState s) {
    s.phase = Phase.PROBE_CRUISE;
    s.pacingGain = 1;
    s.windowGain = WINDOW_GAIN;
  }

  private static void startRefill(Connection c, BbrState s) {
    s.resetLow();
    s.probeUpRounds = 0;
    s.probeUpAcked = 0;
    s.acks = Acks.REFILLING;
    BbrModel.startRound(c, s);
    s.phase = Phase.PROBE_REFILL;
    s.pacingGain = 1;
    s.windowGain = WINDOW_GAIN;
  }

  private static void startUp(Connection c, BbrState s, double deliveryRate, long now) {
    s.acks = Acks.PROBE_STARTING;
    BbrModel.startRound(c, s);
    s.resetFullBandwidth(deliveryRate);
    s.cycleNanos = now;
    s.phase = Phase.PROBE_UP;
    s.pacingGain = UP_GAIN;
    s.windowGain = UP_WINDOW_GAIN;
    raiseSlope(c, s);
  }

  /** Section 5.3.3.6. */
  static void update(Connection c, BbrState s, RateSample sample, int quantum, long now) {
    if (!s.filled) {
      return;
    }
    adaptHigh(c, s, sample, now);
    switch (s.phase) {
      case PROBE_DOWN:
        if (!probeIfTime(c, s, now)
            && BbrModel.inNetwork(c, s, now) <= BbrModel.inflightWithHeadroom(c, s)
            && BbrModel.inNetwork(c, s, now)
                <= BbrModel.inflight(c, s, s.maxBandwidth, 1, quantum)) {
          startCruise(s);
        }
        break;
      case PROBE_CRUISE:
        probeIfTime(c, s, now);
        break;
      case PROBE_REFILL:
        if (s.roundStart) {
          s.probeSamples = true;
          startUp(c, s, sample.deliveryRate, now);
        }
        break;
      case PROBE_UP:
        if (s.windowLimited && c.cwnd >= s.inflightHigh) {
          // Not the path but our bound is the limit, and it is being raised.
          s.resetFullBandwidth(sample.deliveryRate);
        } else if (s.fullNow) {
          startDown(c, s, now);
        }
        break;
      default:
        break;
    }
  }

  private static boolean probeIfTime(Connection c, BbrState s, long now) {
    // Reno would have grown by a segment per round trip to where it loses one (section 5.3.3.5.2).
    long target = Math.min(BbrModel.product(c, s, s.bandwidth, 1), c.cwnd) / c.mss;
    boolean renoWouldLose = s.roundsSinceProbe >= Math.min(target, MAX_RENO_ROUNDS);
    if (now - s.cycleNanos <= s.probeWait && !renoWouldLose) {
      return false;
    }
    startRefill(c, s);
    return true;
  }

  /** Long-term bounds from the acknowledgments of a probe: BBRAdaptLongTermModel. */
  private static void adaptHigh(Connection c, BbrState s, RateSample sample, long now) {
    if (s.acks == Acks.PROBE_STARTING && s.roundStart) {
      s.acks = Acks.PROBE_FEEDBACK;
    }
    if (s.acks == Acks.PROBE_STOPPING && s.roundStart) {
      // The last acknowledgments of the probe: this once, or the rate would be forgotten round by
      // round.
      s.probeSamples = false;
      s.acks = Acks.NO_PROBE;
      if (s.phase.isProbeBandwidth() && !sample.appLimited) {
        BbrModel.advanceMaxBandwidth(s);
      }
    }
    if (sample.priorDelivered >= 0 && BbrModel.isTooHigh(sample.lost, sample.inflightAtSend)) {
      if (s.probeSamples) {
        tooHigh(c, s, sample.inflightAtSend, sample.appLimited, now);
      }
      return;
    }
    if (s.inflightHigh == BbrState.UNBOUNDED) {
      return;
    }
    s.inflightHigh = Math.max(s.inflightHigh, sample.inflightAtSend);
    if (s.phase == Phase.PROBE_UP) {
      raiseHigh(c, s, sample);
    }
  }

  /** The probe put too much into the path: BBRHandleInflightTooHigh. */
  static void tooHigh(Connection c, BbrState s, long inflight, boolean appLimited, long now) {
    s.probeSamples = false;
    if (!appLimited) {
      long target = Math.min(BbrModel.product(c, s, s.bandwidth, 1), c.cwnd);
      s.inflightHigh = Math.max(inflight, (long) (target * BbrModel.BETA));
    }
    if (s.phase == Phase.PROBE_UP) {
      startDown(c, s, now);
    }
  }

  private static void raiseHigh(Connection c, BbrState s, RateSample sample) {
    if (!s.windowLimited || c.cwnd < s.inflightHigh) {
      return;
    }
    s.probeUpAcked += sample.newlyDelivered;
    if (s.probeUpAcked >= s.probeUpBytes) {
      long segments = s.probeUpAcked / s.probeUpBytes;
      s.probeUpAcked -= segments * s.probeUpBytes;
      s.inflightHigh += segments * c.mss;
    }
    if (s.roundStart) {
      raiseSlope(c, s);
    }
  }

  /** A segment more in the first round, then two, then four. */
  private static void raiseSlope(Connection c, BbrState s) {
    long segments = 1L << s.probeUpRounds;
    s.probeUpRounds = Math.min(s.probeUpRounds + 1, MAX_UP_ROUNDS);
    s.probeUpBytes = Math.max(c.cwnd / segments, c.mss);
  }

  // --- ProbeRTT

  /** Section 5.3.4.3. */
  static void updateMinRtt(BbrState s, RateSample sample, long now) {
    s.probeRttExpired = now - s.probeRttNanos > PROBE_RTT_INTERVAL;
    if (sample.rtt > 0 && (sample.rtt < s.probeRttMin || s.probeRttExpired)) {
      s.probeRttMin = sample.rtt;
      s.probeRttNanos = now;
    }
    if (s.probeRttMin < s.minRtt || now - s.minRttNanos > MIN_RTT_WINDOW) {
      s.minRtt = s.probeRttMin;
      s.minRttNanos = s.probeRttNanos;
    }
  }

  static void checkProbeRtt(Connection c, BbrState s, RateSample sample, long now) {
    if (s.phase != Phase.PROBE_RTT && s.probeRttExpired && !s.idleRestart) {
      saveWindow(c, s);
      s.phase = Phase.PROBE_RTT;
      s.pacingGain = 1;
      s.windowGain = PROBE_RTT_WINDOW_GAIN;
      s.probeRttDoneNanos = 0;
      s.acks = Acks.PROBE_STOPPING;
      s.probeRttCount++;
      BbrModel.startRound(c, s);
    }
    if (s.phase == Phase.PROBE_RTT) {
      // Rates measured now are of what we send, not of the path.
      c.rate.onApplicationLimited(c.pipe());
      if (s.probeRttDoneNanos == 0) {
        if (c.pipe() <= probeRttWindow(c, s)) {
          s.probeRttDoneNanos = now + PROBE_RTT_DURATION;
          s.probeRttRoundDone = false;
          BbrModel.startRound(c, s);
        }
      } else {
        s.probeRttRoundDone |= s.roundStart;
        if (s.probeRttRoundDone) {
          leaveProbeRttIfDone(c, s, now);
        }
      }
    }
    if (sample.newlyDelivered > 0) {
      s.idleRestart = false;
    }
  }

  static long probeRttWindow(Connection c, BbrState s) {
    long half = BbrModel.product(c, s, s.bandwidth, PROBE_RTT_WINDOW_GAIN);
    return Math.max(half, BbrModel.leastWindow(c));
  }

  static void leaveProbeRttIfDone(Connection c, BbrState s, long now) {
    if (s.probeRttDoneNanos == 0 || now <= s.probeRttDoneNanos) {
      return;
    }
    s.probeRttNanos = now;
    c.cwnd = Math.max(c.cwnd, s.priorWindow);
    s.resetLow();
    if (s.filled) {
      startDown(c, s, now);
      startCruise(s);
    } else {
      enterStartup(s);
    }
  }

  /** BBRSaveCwnd: the last window that was not cut by recovery or ProbeRTT. */
  static void saveWindow(Connection c, BbrState s) {
    boolean cut = c.recovery >= TransmissionControlBlock.RECOVERY || s.phase == Phase.PROBE_RTT;
    s.priorWindow = cut ? Math.max(s.priorWindow, c.cwnd) : c.cwnd;
  }

  /** A loss proved to be none: section 5.5.10.4. */
  static void undo(Connection c, BbrState s, long now) {
    s.lossInRound = false;
    s.resetFullBandwidth(0);
    s.bandwidthLow = Math.max(s.bandwidthLow, s.undoBandwidthLow);
    s.inflightLow = Math.max(s.inflightLow, s.undoInflightLow);
    s.inflightHigh = Math.max(s.inflightHigh, s.undoInflightHigh);
    if (s.phase == Phase.PROBE_RTT || s.phase == s.undoPhase) {
      return;
    }
    if (s.undoPhase == Phase.STARTUP && s.phase == Phase.DRAIN) {
      s.filled = false;
      enterStartup(s);
    } else if (s.undoPhase == Phase.PROBE_UP) {
      startUp(c, s, c.rate.sample.deliveryRate, now);
    }
  }
}
