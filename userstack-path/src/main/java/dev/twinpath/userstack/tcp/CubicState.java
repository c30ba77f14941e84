package dev.twinpath.userstack.tcp;

/** What CUBIC remembers of a connection; sizes in bytes, times in nanoseconds of the shard. */
final class CubicState {
  final HyStart hyStart = new HyStart();

  /** W_max: the window before the last reduction, or less by fast convergence. */
  double windowMax;

  /** cwnd_prior: the window before the last reduction. */
  double priorWindow;

  /** W_est: what Reno would have. */
  double estimate;

  /** K in seconds: when the curve is back at W_max. */
  double k;

  /** When this stage of congestion avoidance began; 0 = it has not. */
  long epoch;

  /** When the window was looked at last. */
  long lastLook;

  /** The part of a byte that the window is ahead. */
  double fraction;

  private double savedWindowMax;
  private double savedPriorWindow;
  private double savedEstimate;
  private double savedK;
  private long savedEpoch;

  /** RFC 9438 section 4.9: a reduction may prove needless. */
  void save() {
    savedWindowMax = windowMax;
    savedPriorWindow = priorWindow;
    savedEstimate = estimate;
    savedK = k;
    savedEpoch = epoch;
  }

  void restore() {
    windowMax = savedWindowMax;
    priorWindow = savedPriorWindow;
    estimate = savedEstimate;
    k = savedK;
    epoch = savedEpoch;
  }
}
