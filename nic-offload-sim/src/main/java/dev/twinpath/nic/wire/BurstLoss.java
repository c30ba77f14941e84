package dev.twinpath.nic.wire;

/**
 * Loss in bursts by the model of Gilbert and Elliott: a line is good or bad, may change with each
 * frame, and loses frames by the chance of the state that it is in. The four chances are those of
 * {@code tc-netem(8)}, {@code loss gemodel p r 1-h 1-k}; as there, a frame is lost by the state
 * before its own change.
 *
 * @param enter chance p that a good line goes bad, for each frame, 0 to 1
 * @param leave chance r that a bad line becomes good again; bad stretches are 1/r frames on average
 * @param lossInside chance 1-h that a frame is lost while the line is bad
 * @param lossOutside chance 1-k that a frame is lost while the line is good
 */
public record BurstLoss(double enter, double leave, double lossInside, double lossOutside) {
  /** A line that never goes bad. */
  public static final BurstLoss NONE = new BurstLoss(0, 1, 1, 0);

  public BurstLoss {
    Impairment.checkChance(enter);
    Impairment.checkChance(leave);
    Impairment.checkChance(lossInside);
    Impairment.checkChance(lossOutside);
  }
}
