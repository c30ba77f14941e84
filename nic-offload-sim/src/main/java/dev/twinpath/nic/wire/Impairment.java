package dev.twinpath.nic.wire;

import java.util.Objects;

/**
 * What an {@link ImpairedWire} does to frames, each direction for itself.
 *
 * @param seed of all chances: the same seed does the same to the same frames
 * @param loss chance that a frame is lost, 0 to 1
 * @param burstLoss loss in bursts, on top of {@code loss}
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
    BurstLoss burstLoss,
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
    checkChance(loss);
    checkChance(duplicate);
    checkChance(corrupt);
    checkChance(reorder);
    Objects.requireNonNull(burstLoss, "burstLoss");
    if (reorderNanos < 0
        || delayNanos < 0
        || jitterNanos < 0
        || bitsPerSecond < 0
        || queueFrames < 1) {
      throw new IllegalArgumentException("a time, rate or size below zero");
    }
  }

  static void checkChance(double chance) {
    if (!(chance >= 0 && chance <= 1)) {
      throw new IllegalArgumentException("a chance is from 0 to 1, not " + chance);
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
    return new Builder().seed(seed).build();
  }

  /** A builder that begins with what is here. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.seed = seed;
    builder.loss = loss;
    builder.burstLoss = burstLoss;
    builder.duplicate = duplicate;
    builder.corrupt = corrupt;
    builder.reorder = reorder;
    builder.reorderNanos = reorderNanos;
    builder.delayNanos = delayNanos;
    builder.jitterNanos = jitterNanos;
    builder.bitsPerSecond = bitsPerSecond;
    builder.queueFrames = queueFrames;
    return builder;
  }

  /** The same with another seed. */
  public Impairment withSeed(long value) {
    return toBuilder().seed(value).build();
  }

  public Impairment withLoss(double chance) {
    return toBuilder().loss(chance).build();
  }

  public Impairment withBurstLoss(BurstLoss burst) {
    return toBuilder().burstLoss(burst).build();
  }

  public Impairment withDuplicate(double chance) {
    return toBuilder().duplicate(chance).build();
  }

  public Impairment withCorrupt(double chance) {
    return toBuilder().corrupt(chance).build();
  }

  /** Some frames are held back by so much. */
  public Impairment withReorder(double chance, long nanos) {
    return toBuilder().reorder(chance).reorderNanos(nanos).build();
  }

  public Impairment withDelay(long nanos, long jitter) {
    return toBuilder().delayNanos(nanos).jitterNanos(jitter).build();
  }

  /** A line rate and the frames that wait for it at most. */
  public Impairment withRate(long bits, int frames) {
    return toBuilder().bitsPerSecond(bits).queueFrames(frames).build();
  }

  /** Collects the parts of an {@link Impairment}; nothing happens to frames at first. */
  public static final class Builder {
    private long seed = 1;
    private double loss;
    private BurstLoss burstLoss = BurstLoss.NONE;
    private double duplicate;
    private double corrupt;
    private double reorder;
    private long reorderNanos = DEFAULT_REORDER_NANOS;
    private long delayNanos;
    private long jitterNanos;
    private long bitsPerSecond;
    private int queueFrames = DEFAULT_QUEUE_FRAMES;

    private Builder() {}

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder loss(double chance) {
      loss = chance;
      return this;
    }

    public Builder burstLoss(BurstLoss value) {
      burstLoss = value;
      return this;
    }

    public Builder duplicate(double chance) {
      duplicate = chance;
      return this;
    }

    public Builder corrupt(double chance) {
      corrupt = chance;
      return this;
    }

    public Builder reorder(double chance) {
      reorder = chance;
      return this;
    }

    public Builder reorderNanos(long value) {
      reorderNanos = value;
      return this;
    }

    public Builder delayNanos(long value) {
      delayNanos = value;
      return this;
    }

    public Builder jitterNanos(long value) {
      jitterNanos = value;
      return this;
    }

    public Builder bitsPerSecond(long value) {
      bitsPerSecond = value;
      return this;
    }

    public Builder queueFrames(int value) {
      queueFrames = value;
      return this;
    }

    public Impairment build() {
      return new Impairment(
          seed,
          loss,
          burstLoss,
          duplicate,
          corrupt,
          reorder,
          reorderNanos,
          delayNanos,
          jitterNanos,
          bitsPerSecond,
          queueFrames);
    }
  }
}
