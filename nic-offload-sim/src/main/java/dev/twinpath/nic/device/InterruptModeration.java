package dev.twinpath.nic.device;

/**
 * How completions are gathered before a sleeping host is interrupted, as {@code ethtool -C} says it
 * (rx-frames, rx-usecs, tx-frames, tx-usecs): an interrupt comes with so many completions, or so
 * long after the first, whichever is earlier.
 *
 * <p>A time of 0 means at once, whatever the count. A count of 0 means that only time counts. So no
 * completion can wait for ever: a count above 1 needs a time, because nobody may ever send the
 * packet that would fill the count.
 *
 * @param rxFrames received frames, 0 to 65535
 * @param rxMicros microseconds after the first of them, 0 to 1,000,000
 * @param txFrames completed sends, 0 to 65535
 * @param txMicros microseconds after the first of them, 0 to 1,000,000
 */
public record InterruptModeration(int rxFrames, int rxMicros, int txFrames, int txMicros) {
  /** An interrupt with the first completion. */
  public static final InterruptModeration NONE = new InterruptModeration(1, 0, 1, 0);

  private static final int MAX_FRAMES = 65_535;
  private static final int MAX_MICROS = 1_000_000;

  /** Checks the ranges. */
  public InterruptModeration {
    check("rx", rxFrames, rxMicros);
    check("tx", txFrames, txMicros);
  }

  /** The same for both directions. */
  public static InterruptModeration of(int frames, int micros) {
    return new InterruptModeration(frames, micros, frames, micros);
  }

  private static void check(String direction, int frames, int micros) {
    if (frames < 0 || frames > MAX_FRAMES) {
      throw new IllegalArgumentException(direction + "-frames is 0 to 65535, not " + frames);
    }
    if (micros < 0 || micros > MAX_MICROS) {
      throw new IllegalArgumentException(direction + "-usecs is 0 to 1000000, not " + micros);
    }
    if (frames > 1 && micros == 0) {
      throw new IllegalArgumentException(
          String.format(
              "%1$s-frames %2$d needs %1$s-usecs: without a time the last frames would wait for"
                  + " ever",
              direction, frames));
    }
  }
}
