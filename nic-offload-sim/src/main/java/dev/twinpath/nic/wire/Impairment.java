package dev.twinpath.nic.wire;

/**
 * What an {@link ImpairedWire} does to frames, each direction for itself.
 *
 * @param seed of all chances: the same seed does the same to the same frames
 * @param loss chance that a frame is lost, 0 to 1
 * @param duplicate chance that it comes twice
 * @param corrupt chance that one of its bits is flipped
 * @param reorder chance that it is held back by {@code reorderNanos} more than the others
 * @param reorderNanos how long
 * @param delayNanos one-way delay of every frame
 * @param jitterNanos up to so much more, evenly distributed; frames may overtake each other
 * @param bitsPerSecond of the line; 0 for unlimited
 * @param queueFrames frames that are under way at most; what comes on top is lost
 */
public record Impairment(
    long seed,
    double loss,
    double duplicate,
    double corrupt,
    double reorder,
    long reorderNanos,
    long delayNanos,
    long jitterNanos,
    long bitsPerSecond,
    int queueFrames) {
  /** The default of {@link #queueFrames}. */
  public static final int DEFAULT_QUEUE_FRAMES = 4096;

  /** The default of {@link #reorderNanos}. */
  public static final long DEFAULT_REORDER_NANOS = 1_000_000;

  public Impairment {
    for (double chance : new double[] {loss, duplicate, corrupt, reorder}) {
      if (!(chance >= 0 && chance <= 1)) {
        throw new IllegalArgumentException("a chance is from 0 to 1, not " + chance);
      }
    }
    if (reorderNanos < 0
        || delayNanos < 0
        || jitterNanos < 0
        || bitsPerSecond < 0
        || queueFrames < 1) {
      throw new IllegalArgumentException("a time, rate or size below zero");
    }
  }

  /**
   * Reads a description such as {@code loss=2%,reorder=1%,duplicate=1%,delay=1ms,seed=42}; see
   * {@link ImpairmentText} for its words.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  public static Impairment parse(String text) {
    return ImpairmentText.parse(text);
  }

  /** Nothing at all happens to frames. */
  public static Impairment none(long seed) {
    return new Impairment(seed, 0, 0, 0, 0, DEFAULT_REORDER_NANOS, 0, 0, 0, DEFAULT_QUEUE_FRAMES);
  }

  /** The same with another seed. */
  public Impairment withSeed(long value) {
    return new Impairment(
        value,
        loss,
        duplicate,
        corrupt,
        reorder,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queueFrames);
  }

  public Impairment withLoss(double chance) {
    return new Impairment(
        seed,
        chance,
        duplicate,
        corrupt,
        reorder,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queueFrames);
  }

  public Impairment withDuplicate(double chance) {
    return new Impairment(
        seed,
        loss,
        chance,
        corrupt,
        reorder,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queueFrames);
  }

  public Impairment withCorrupt(double chance) {
    return new Impairment(
        seed,
        loss,
        duplicate,
        chance,
        reorder,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queueFrames);
  }

  public Impairment withReorder(double chance, long nanos) {
    return new Impairment(
        seed,
        loss,
        duplicate,
        corrupt,
        chance,
        nanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queueFrames);
  }

  public Impairment withDelay(long nanos, long jitter) {
    return new Impairment(
        seed,
        loss,
        duplicate,
        corrupt,
        reorder,
        reorderNanos,
        nanos,
        jitter,
        bitsPerSecond,
        queueFrames);
  }

  /** A line rate and the frames that wait for it at most. */
  public Impairment withRate(long bits, int frames) {
    return new Impairment(
        seed,
        loss,
        duplicate,
        corrupt,
        reorder,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bits,
        frames);
  }
}
