package dev.twinpath.loadgen.stats;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The order of trials: blocks of four, each ABBA or BAAB by the seed.
 *
 * <p>Within such a block a drift of the machine that is linear in time falls on both sides alike;
 * the random choice keeps a periodic one from always hitting the same side.
 */
public final class TrialOrder {
  /** The two sides of a comparison. */
  public enum Letter {
    /** The first, which ratios have in the denominator. */
    A,
    /** The second, which ratios have in the numerator. */
    B
  }

  private static final List<Letter> ABBA = List.of(Letter.A, Letter.B, Letter.B, Letter.A);
  private static final List<Letter> BAAB = List.of(Letter.B, Letter.A, Letter.A, Letter.B);

  private TrialOrder() {}

  /** Returns the order of as many blocks; the same seed gives the same order. */
  public static List<List<Letter>> blocks(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<List<Letter>> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(random.nextBoolean() ? ABBA : BAAB);
    }
    return blocks;
  }
}
