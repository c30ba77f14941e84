package dev.twinpath.nic.wire;

/**
 * The text form of {@link Impairment}: {@code name=value} pairs with commas between.
 *
 * <ul>
 *   <li>{@code loss}, {@code duplicate}, {@code corrupt}, {@code reorder}: a chance, {@code 2%} or
 *       {@code 0.02}
 *   <li>{@code burst-loss}: two to four chances, {@code 1%/25%} or {@code 1%/25%/100%/0%}; see
 *       {@link BurstLoss}
 *   <li>{@code delay}, {@code jitter}, {@code reorder-delay}: a time with its unit, {@code 200us},
 *       {@code 1.5ms}, {@code 1s}
 *   <li>{@code rate}: bits a second, {@code 100mbit}, {@code 1gbit}, {@code 64kbit}
 *   <li>{@code queue}: frames under way at most
 *   <li>{@code seed}: a whole number; 1 when it is not given
 * </ul>
 */
final class ImpairmentText {
  private static final String NAMES =
      "loss, burst-loss, duplicate, corrupt, reorder, reorder-delay, delay, jitter, rate, queue,"
          + " seed";

  private ImpairmentText() {}

  static Impairment parse(String text) {
    Impairment.Builder builder = Impairment.none(1).toBuilder();
    SettingText.read(text, NAMES, (name, value) -> apply(builder, name, value));
    return builder.build();
  }

  private static void apply(Impairment.Builder i, String name, String value) {
    switch (name) {
      case "loss":
        i.loss(SettingText.chance(name, value));
        break;
      case "burst-loss":
        i.burstLoss(burst(name, value));
        break;
      case "duplicate":
        i.duplicate(SettingText.chance(name, value));
        break;
      case "corrupt":
        i.corrupt(SettingText.chance(name, value));
        break;
      case "reorder":
        i.reorder(SettingText.chance(name, value));
        break;
      case "reorder-delay":
        i.reorderNanos(SettingText.nanos(name, value));
        break;
      case "delay":
        i.delayNanos(SettingText.nanos(name, value));
        break;
      case "jitter":
        i.jitterNanos(SettingText.nanos(name, value));
        break;
      case "rate":
        i.bitsPerSecond(SettingText.bits(name, value));
        break;
      case "queue":
        i.queueFrames((int) SettingText.whole(name, value, 1, 1 << 20));
        break;
      case "seed":
        i.seed(SettingText.whole(name, value, Long.MIN_VALUE, Long.MAX_VALUE));
        break;
      default:
        throw new IllegalArgumentException(
            "there is no impairment \"" + name + "\"; names are " + NAMES);
    }
  }

  private static BurstLoss burst(String name, String value) {
    String[] parts = value.split("/", -1);
    if (parts.length < 2 || parts.length > 4) {
      throw SettingText.wrong(
          name,
          value,
          "ENTER/LEAVE[/LOSS-INSIDE[/LOSS-OUTSIDE]], chances for each frame: 1%/25%/100%/0%");
    }
    double[] chances = {0, 0, 1, 0};
    for (int i = 0; i < parts.length; i++) {
      chances[i] = SettingText.chance(name, parts[i].strip());
    }
    return new BurstLoss(chances[0], chances[1], chances[2], chances[3]);
  }
}
