package dev.twinpath.loadgen.compare;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes in bytes: {@code 1KiB}, {@code 64K}, {@code 1 MiB}, {@code 1G} or a plain number. */
public final class Sizes implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,12})\\s*([kmgt]?)(?:i?b)?");
  private static final String UNITS = "kmgt";

  @Override
  public Long convert(String text) {
    Matcher matcher = FORM.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new TypeConversionException("'" + text + "' is not a size such as 1KiB or 64K");
    }
    int power = matcher.group(2).isEmpty() ? 0 : UNITS.indexOf(matcher.group(2)) + 1;
    long size = Long.parseLong(matcher.group(1));
    if (size < 1 || size > Long.MAX_VALUE >> (10 * power)) {
      throw new TypeConversionException("the size " + text + " is out of range");
    }
    return size << (10 * power);
  }

  /** Returns a size for people, for example {@code 64 KiB}. */
  static String format(long size) {
    if (size < 1024) {
      return size + " B";
    }
    double value = size;
    int unit = -1;
    while (value >= 1024 && unit < 3) {
      value /= 1024;
      unit++;
    }
    String number =
        value == Math.rint(value)
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + "KMGT".charAt(unit) + "iB";
  }
}
