package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.tcp.BbrState.Phase;

/**
 * BBR version 3 (draft-ietf-ccwg-bbr): paces at the rate that the path delivers, and keeps in
 * flight what fills it, both measured; loss bounds what is in flight and does not drive it.
 *
 * <p>Where the draft leaves room, or we go beyond it: a congestion echo of RFC 3168 counts as a
 * loss in its round, and during ProbeBW_UP as too much in flight, since RFC 3168 wants it answered;
 * random loss below the threshold does not wear the short-term bounds down; and the bytes of a
 * packet and the windows of the aggregation filter are those of Linux.
 */
final class Bbr implements CongestionControl {
  /** Section 5.6.2: paces a percent below the bandwidth, so that queues drain. */
  static final double MARGIN = 0.99;

  private static final long MILLISECOND = 1_000_000L;
  private static final double SECOND = 1e9;

  private final TcpStack stack;

  Bbr(TcpStack stack) {
    this.stack = stack;
  }

  @Override
  public String name() {
    return "bbr";
  }

  @Override
  public boolean hasModel() {
    return true;
  }

  /** Null before the connection sends for the first time. */
  static BbrState state(Connection c) {
    return (BbrState) c.congestionState;
  }

  private BbrState begun(Connection c, long now) {
    BbrState s = state(c);
    if (s == null) {
      s = new BbrState(c.iss ^ c.id ^ now);
      c.congestionState = s;
      s.minRtt = c.srtt > 0 ? c.srtt : BbrState.UNBOUNDED;
      s.probeRttMin = s.minRtt;
      s.minRttNanos = now;
      s.probeRttNanos = now;
      s.extraAckedNanos = now;
      s.nextRoundDelivered = c.rate.delivered;
      BbrCycle.enterStartup(s);
      double nominal = c.cwnd * SECOND / (c.srtt > 0 ? c.srtt : MILLISECOND);
      c.pacer.rate(BbrCycle.STARTUP_GAIN * nominal);
    }
    return s;
  }

  @Override
  public void onSending(Connection c, boolean idle, long now) {
    BbrState s = begun(c, now);
    if (idle && c.rate.isApplicationLimited()) {
      // Section 5.4.1: after a pause no burst, and no probe for the round trip at once.
      s.idleRestart = true;
      s.extraAckedNanos = now;
      if (s.phase.isProbeBandwidth()) {
        setPacingRate(c, s, 1);
      } else if (s.phase == Phase.PROBE_RTT) {
        BbrCycle.leaveProbeRttIfDone(c, s, now);
      }
    }
  }

  @Override
  public void onSample(Connection c, RateSample sample, long now) {
    BbrState s = begun(c, now);
    int quantum = c.pacer.burst(c, stack.maxTso);
    BbrModel.updateRound(c, s, sample);
    BbrModel.updateLatest(c, s, sample);
    BbrModel.updateMaxBandwidth(s, sample);
    if (sample.congestionEcho) {
      onMark(c, s, sample, now);
    }
    BbrModel.adaptLow(c, s);
    BbrModel.updateAggregation(c, s, sample, now);
    BbrCycle.checkFull(s, sample);
    BbrCycle.checkStartup(c, s, sample);
    BbrCycle.checkDrain(c, s, quantum, now);
    BbrCycle.update(c, s, sample, quantum, now);
    BbrCycle.updateMinRtt(s, sample, now);
    BbrCycle.checkProbeRtt(c, s, sample, now);
    BbrModel.advanceLatest(s, sample);
    BbrModel.boundBandwidth(s);
    setPacingRate(c, s, s.pacingGain);
    setWindow(c, s, sample, c.pacer.burst(c, stack.maxTso));
  }

  private static void onMark(Connection c, BbrState s, RateSample sample, long now) {
    noteLoss(c, s);
    s.markedInRound = true;
    if (s.probeSamples && s.phase == Phase.PROBE_UP) {
      BbrCycle.tooHigh(c, s, sample.inflightAtSend, sample.appLimited, now);
    }
  }

  private static void noteLoss(Connection c, BbrState s) {
    if (!s.lossInRound) {
      s.lossInRound = true;
      s.lossRoundDelivered = c.rate.delivered;
      saveForUndo(s);
    }
  }

  private static void saveForUndo(BbrState s) {
    s.undoPhase = s.phase;
    s.undoBandwidthLow = s.bandwidthLow;
    s.undoInflightLow = s.inflightLow;
    s.undoInflightHigh = s.inflightHigh;
  }

  @Override
  public void onLost(Connection c, SentSegment segment) {
    BbrState s = begun(c, stack.now);
    noteLoss(c, s);
    if (segment.start != s.lastLostEnd) {
      s.lossEvents++;
    }
    s.lastLostEnd = segment.end;
    if (!s.probeSamples || segment.deliveredNanos == 0) {
      return;
    }
    long lost = c.rate.lost - segment.lost;
    if (BbrModel.isTooHigh(lost, segment.inflightAtSend)) {
      long at = BbrModel.inflightAtLoss(segment.inflightAtSend, lost, segment.length());
      BbrCycle.tooHigh(c, s, at, segment.appLimited, stack.now);
    }
  }

  /** The window is not cut for a loss: keeps what it was, for after a timeout and for undo. */
  @Override
  public long slowStartThreshold(Connection c) {
    BbrCycle.saveWindow(c, begun(c, stack.now));
    return c.ssthresh;
  }

  @Override
  public void onAcknowledged(Connection c, AckEvent event, long now) {}

  /** BBROnEnterRTO: nothing is in flight, as far as we know. */
  @Override
  public void onTimeout(Connection c) {
    c.cwnd = c.pipe() + c.mss;
  }

  @Override
  public void onRecovered(Connection c) {
    BbrState s = begun(c, stack.now);
    if (s.phase != Phase.PROBE_RTT) {
      c.cwnd = Math.max(c.cwnd, s.priorWindow);
    }
  }

  @Override
  public void onUndo(Connection c) {
    BbrCycle.undo(c, begun(c, stack.now), stack.now);
  }

  private static void setPacingRate(Connection c, BbrState s, double gain) {
    double rate = gain * s.bandwidth * MARGIN;
    if (rate > 0 && (s.filled || rate > c.pacer.rate())) {
      c.pacer.rate(rate);
    }
  }

  /** Section 5.6.4.6. */
  private static void setWindow(Connection c, BbrState s, RateSample sample, int quantum) {
    long inflight = BbrModel.product(c, s, s.bandwidth, s.windowGain) + s.extraAcked;
    long most = BbrModel.budget(c, s, inflight, quantum);
    if (s.filled) {
      c.cwnd = Math.min(c.cwnd + sample.newlyDelivered, most);
    } else if (c.cwnd < most || c.rate.delivered < 10L * c.mss) {
      c.cwnd += sample.newlyDelivered;
    }
    c.cwnd = Math.max(c.cwnd, BbrModel.leastWindow(c));
    if (s.phase == Phase.PROBE_RTT) {
      c.cwnd = Math.min(c.cwnd, BbrCycle.probeRttWindow(c, s));
    }
    long bound = BbrState.UNBOUNDED;
    if (s.phase == Phase.PROBE_RTT || s.phase == Phase.PROBE_CRUISE) {
      bound = BbrModel.inflightWithHeadroom(c, s);
    } else if (s.phase.isProbeBandwidth()) {
      bound = s.inflightHigh;
    }
    bound = Math.max(Math.min(bound, s.inflightLow), BbrModel.leastWindow(c));
    c.cwnd = Math.min(c.cwnd, bound);
  }
}
