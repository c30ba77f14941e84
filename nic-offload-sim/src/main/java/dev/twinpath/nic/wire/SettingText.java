package dev.twinpath.nic.wire;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/** Reads {@code name=value} pairs with commas between, and the values with units that they have. */
final class SettingText {
  private static final String[] TIMES = {"ns", "us", "ms", "s"};
  private static final String[] RATES = {"gbit", "mbit", "kbit", "bit"};
  private static final String[] SIZES = {"kib", "mib", "gib", "b"};
  private static final double[] SIZE_SCALES = {1 << 10, 1 << 20, 1 << 30, 1};

  private SettingText() {}

  /**
   * Calls the consumer with each pair, in lower case.
   *
   * @param names those that there are, for the message
   * @throws IllegalArgumentException for what is no pair, and for a name that comes twice
   */
  static void read(String text, String names, BiConsumer<String, String> pair) {
    Set<String> seen = new HashSet<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "\"" + part.strip() + "\" is not name=value; names are " + names);
      }
      String name = part.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      if (!seen.add(name)) {
        throw new IllegalArgumentException(name + " is given twice");
      }
      pair.accept(name, part.substring(equals + 1).strip().toLowerCase(Locale.ROOT));
    }
  }

  /** {@code 2%} or {@code 0.02}. */
  static double chance(String name, String value) {
    boolean percent = value.endsWith("%");
    String digits = percent ? value.substring(0, value.length() - 1) : value;
    double chance = decimal(name, value, digits) / (percent ? 100 : 1);
    if (!(chance >= 0 && chance <= 1)) {
      throw wrong(name, value, "a chance from 0% to 100%");
    }
    return chance;
  }

  /** A time with its unit, in nanoseconds. */
  static long nanos(String name, String value) {
    double scale = 1;
    for (String unit : TIMES) {
      if (endsWith(value, unit)) {
        double nanos = decimal(name, value, without(value, unit)) * scale;
        if (nanos >= 0 && nanos <= 3600e9) {
          return Math.round(nanos);
        }
        break;
      }
      scale *= 1000;
    }
    throw wrong(name, value, "a time up to an hour with its unit: 200us, 1.5ms, 1s");
  }

  /** A rate in bits a second. */
  static long bits(String name, String value) {
    double scale = 1e9;
    for (String unit : RATES) {
      if (endsWith(value, unit)) {
        double bits = decimal(name, value, without(value, unit)) * scale;
        if (bits >= 1000 && bits <= 1e12) {
          return Math.round(bits);
        }
        break;
      }
      scale /= 1000;
    }
    throw wrong(name, value, "a rate from 1kbit to 1000gbit: 64kbit, 100mbit, 1gbit");
  }

  /** A size in bytes, up to 1 GiB; 0 needs no unit. */
  static int bytes(String name, String value) {
    if (value.equals("0")) {
      return 0;
    }
    for (int i = 0; i < SIZES.length; i++) {
      if (endsWith(value, SIZES[i])) {
        double bytes = decimal(name, value, without(value, SIZES[i])) * SIZE_SCALES[i];
        if (bytes <= 1 << 30) {
          return (int) Math.round(bytes);
        }
        break;
      }
    }
    throw wrong(name, value, "a size up to 1GiB with its unit: 512KiB, 1MiB, 1500B; or 0");
  }

  /** {@code on} or {@code off}. */
  static boolean onOff(String name, String value) {
    if (value.equals("on") || value.equals("off")) {
      return value.equals("on");
    }
    throw wrong(name, value, "on or off");
  }

  static long whole(String name, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the same words.
    }
    boolean any = least == Long.MIN_VALUE;
    throw wrong(name, value, "a whole number" + (any ? "" : " from " + least + " to " + most));
  }

  private static boolean endsWith(String value, String unit) {
    int at = value.length() - unit.length() - 1;
    return value.endsWith(unit) && at >= 0 && Character.isDigit(value.charAt(at));
  }

  private static String without(String value, String unit) {
    return value.substring(0, value.length() - unit.length());
  }

  private static double decimal(String name, String value, String digits) {
    if (!digits.matches("[0-9]+([.][0-9]+)?")) {
      throw wrong(name, value, "a number, for example " + name + "=1");
    }
    return Double.parseDouble(digits);
  }

  static IllegalArgumentException wrong(String name, String value, String wanted) {
    return new IllegalArgumentException(name + "=" + value + ": expected " + wanted);
  }
}
