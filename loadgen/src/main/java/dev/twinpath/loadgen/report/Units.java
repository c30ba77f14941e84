package dev.twinpath.loadgen.report;

import java.util.Locale;

/** Figures for people: four significant places at most, decimal multiples of SI units. */
public final class Units {
  private Units() {}

  /** Returns a time given in nanoseconds, for example {@code 1.23 ms}. */
  public static String time(double nanos) {
    if (nanos < 1e3) {
      return String.format(Locale.ROOT, "%.0f ns", nanos);
    }
    if (nanos < 1e6) {
      return scaled(nanos / 1e3) + " us";
    }
    return nanos < 1e9 ? scaled(nanos / 1e6) + " ms" : scaled(nanos / 1e9) + " s";
  }

  /** Returns a number of bytes, for example {@code 1.50 GB}. */
  public static String bytes(double bytes) {
    if (bytes < 1e3) {
      return String.format(Locale.ROOT, "%.0f B", bytes);
    }
    if (bytes < 1e6) {
      return scaled(bytes / 1e3) + " kB";
    }
    return bytes < 1e9 ? scaled(bytes / 1e6) + " MB" : scaled(bytes / 1e9) + " GB";
  }

  /** Returns a count or a rate, for example {@code 97,214}. */
  public static String count(double value) {
    return value < 100
        ? String.format(Locale.ROOT, "%.2f", value)
        : String.format(Locale.ROOT, "%,.0f", value);
  }

  private static String scaled(double value) {
    String format = value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f";
    return String.format(Locale.ROOT, format, value);
  }
}
