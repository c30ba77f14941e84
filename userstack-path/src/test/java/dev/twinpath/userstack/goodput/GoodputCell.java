package dev.twinpath.userstack.goodput;

import dev.twinpath.nic.wire.Impairment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One path of the grid: a line of 100 Mbit/s with a tail-drop queue of one bandwidth-delay product
 * (at least 100 frames) that loses and reorders, both ways alike.
 *
 * @param rttMillis round trip of an empty path
 * @param lossPercent of frames, data and acknowledgments
 * @param reorderPercent of frames that come an eighth of the round trip (at least 1 ms) late
 */
record GoodputCell(int rttMillis, double lossPercent, double reorderPercent) {
  static final long BITS_PER_SECOND = 100_000_000;
  private static final int[] ROUND_TRIPS = {1, 20, 66, 100};
  private static final double[] LOSSES = {0, 0.1, 1, 5};
  private static final double[] REORDERINGS = {0, 1};
  private static final int LEAST_QUEUE = 100;
  private static final double FRAMES_PER_MILLI = BITS_PER_SECOND / 8e3 / 1538;

  /** All paths. */
  static List<GoodputCell> all() {
    List<GoodputCell> cells = new ArrayList<>();
    for (int rtt : ROUND_TRIPS) {
      for (double loss : LOSSES) {
        for (double reorder : REORDERINGS) {
          cells.add(new GoodputCell(rtt, loss, reorder));
        }
      }
    }
    return cells;
  }

  /** What the wire does; the same seed does the same to the same frames. */
  Impairment impairment(long seed) {
    int product = (int) Math.ceil(rttMillis * FRAMES_PER_MILLI);
    int underWay = product / 2 + 1;
    return Impairment.none(seed)
        .withLoss(lossPercent / 100)
        .withReorder(reorderPercent / 100, Math.max(1_000_000L, rttMillis * 1_000_000L / 8))
        .withDelay(rttMillis * 1_000_000L / 2, 0)
        .withRate(BITS_PER_SECOND, underWay + Math.max(LEAST_QUEUE, product));
  }

  /** Roughly what a sender will reach, to plan how many run at a time. */
  double expectedMegabits() {
    double line = BITS_PER_SECOND / 1e6;
    if (lossPercent == 0) {
      return line;
    }
    double window = 2 / Math.sqrt(lossPercent / 100);
    return Math.min(line, 2 * window * 12e-3 / (rttMillis * 1e-3));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "rtt %d ms, loss %s%%, reorder %s%%", rttMillis, lossPercent, reorderPercent);
  }
}
