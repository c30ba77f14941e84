package dev.twinpath.nic.wire;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The text form of {@link Impairment}: {@code name=value} pairs with commas between.
 *
 * <ul>
 *   <li>{@code loss}, {@code duplicate}, {@code corrupt}, {@code reorder}: a chance, {@code 2%} or
 *       {@code 0.02}
 *   <li>{@code delay}, {@code jitter}, {@code reorder-delay}: a time with its unit, {@code 200us},
 *       {@code 1.5ms}, {@code 1s}
 *   <li>{@code rate}: bits a second, {@code 100mbit}, {@code 1gbit}, {@code 64kbit}
 *   <li>{@code queue}: frames under way at most
 *   <li>{@code seed}: a whole number; 1 when it is not given
 * </ul>
 */
final class ImpairmentText {
  private static final String NAMES =
      "loss, duplicate, corrupt, reorder, reorder-delay, delay, jitter, rate, queue, seed";

  private ImpairmentText() {}

  static Impairment parse(String text) {
    Impairment result = Impairment.none(1);
    Set<String> seen = new HashSet<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "\"" + part.strip() + "\" is not name=value; names are " + NAMES);
      }
      String name = part.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      String value = part.substring(equals + 1).strip().toLowerCase(Locale.ROOT);
      if (!seen.add(name)) {
        throw new IllegalArgumentException(name + " is given twice");
      }
      result = apply(result, name, value);
    }
    return result;
  }

  private static Impairment apply(Impairment i, String name, String value) {
    switch (name) {
      case "loss":
        return i.withLoss(chance(name, value));
      case "duplicate":
        return i.withDuplicate(chance(name, value));
      case "corrupt":
        return i.withCorrupt(chance(name, value));
      case "reorder":
        return i.withReorder(chance(name, value), i.reorderNanos());
      case "reorder-delay":
        return i.withReorder(i.reorder(), nanos(name, value));
      case "delay":
        return i.withDelay(nanos(name, value), i.jitterNanos());
      case "jitter":
        return i.withDelay(i.delayNanos(), nanos(name, value));
      case "rate":
        return i.withRate(bits(name, value), i.queueFrames());
      case "queue":
        return i.withRate(i.bitsPerSecond(), (int) whole(name, value, 1, 1 << 20));
      case "seed":
        return i.withSeed(whole(name, value, Long.MIN_VALUE, Long.MAX_VALUE));
      default:
        throw new IllegalArgumentException(
            "there is no impairment \"" + name + "\"; names are " + NAMES);
    }
  }

  private static double chance(String name, String value) {
    boolean percent = value.endsWith("%");
    String digits = percent ? value.substring(0, value.length() - 1) : value;
    double chance = decimal(name, value, digits) / (percent ? 100 : 1);
    if (!(chance >= 0 && chance <= 1)) {
      throw wrong(name, value, "a chance from 0% to 100%");
    }
    return chance;
  }

  private static long nanos(String name, String value) {
    String[] units = {"ns", "us", "ms", "s"};
    double scale = 1;
    for (String unit : units) {
      if (value.endsWith(unit) && value.length() > unit.length() && isDigitBefore(value, unit)) {
        double time = decimal(name, value, value.substring(0, value.length() - unit.length()));
        double nanos = time * scale;
        if (nanos >= 0 && nanos <= 3600e9) {
          return Math.round(nanos);
        }
        break;
      }
      scale *= 1000;
    }
    throw wrong(name, value, "a time up to an hour with its unit: 200us, 1.5ms, 1s");
  }

  private static long bits(String name, String value) {
    String[] units = {"gbit", "mbit", "kbit", "bit"};
    double scale = 1e9;
    for (String unit : units) {
      if (value.endsWith(unit) && isDigitBefore(value, unit)) {
        double number = decimal(name, value, value.substring(0, value.length() - unit.length()));
        double bits = number * scale;
        if (bits >= 1000 && bits <= 1e12) {
          return Math.round(bits);
        }
        break;
      }
      scale /= 1000;
    }
    throw wrong(name, value, "a rate from 1kbit to 1000gbit: 64kbit, 100mbit, 1gbit");
  }

  private static boolean isDigitBefore(String value, String unit) {
    int at = value.length() - unit.length() - 1;
    return at >= 0 && Character.isDigit(value.charAt(at));
  }

  private static long whole(String name, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the same words.
    }
    throw wrong(name, value, "a whole number" + (least == 1 ? " from 1 to " + most : ""));
  }

  private static double decimal(String name, String value, String digits) {
    if (!digits.matches("[0-9]+([.][0-9]+)?")) {
      throw wrong(name, value, "a number, for example " + name + "=1");
    }
    return Double.parseDouble(digits);
  }

  private static IllegalArgumentException wrong(String name, String value, String wanted) {
    return new IllegalArgumentException(name + "=" + value + ": expected " + wanted);
  }
}
