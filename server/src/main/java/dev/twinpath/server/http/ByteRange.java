package dev.twinpath.server.http;

import dev.twinpath.server.metrics.RangeKind;
import dev.twinpath.server.metrics.RangeResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Range field applied to a representation, RFC 9110 section 14.
 *
 * @param kind the form of the field
 * @param result what to do: send a part, refuse by 416, or send the whole
 * @param first the first byte of the part
 * @param length the part's length in bytes, at least 1; 0 unless a part is sent
 */
record ByteRange(RangeKind kind, RangeResult result, long first, long length) {
  /**
   * Ten digits more than a long has are still digits; a range that long is simply beyond the end.
   */
  private static final Pattern ONE = Pattern.compile("(\\d{0,40})-(\\d{0,40})");

  private static final int LONG_DIGITS = 18;

  /** Applies the field's value to {@code size} bytes. */
  static ByteRange of(String value, long size) {
    int equals = value.indexOf('=');
    if (equals < 0 || !value.substring(0, equals).strip().equalsIgnoreCase("bytes")) {
      boolean unit = equals > 0;
      return new ByteRange(
          RangeKind.OTHER, unit ? RangeResult.IGNORED : RangeResult.UNSATISFIABLE, 0, 0);
    }
    String set = value.substring(equals + 1).strip();
    if (set.indexOf(',') >= 0) {
      return multiple(set);
    }
    Matcher one = ONE.matcher(set);
    if (!one.matches() || set.length() == 1) {
      return new ByteRange(RangeKind.OTHER, RangeResult.UNSATISFIABLE, 0, 0);
    }
    if (one.group(1).isEmpty()) {
      long length = Math.min(number(one.group(2)), size);
      return part(RangeKind.SUFFIX, size - length, length);
    }
    long first = number(one.group(1));
    RangeKind kind = one.group(2).isEmpty() ? RangeKind.FROM : RangeKind.FIRST_LAST;
    long last = kind == RangeKind.FROM ? size - 1 : Math.min(number(one.group(2)), size - 1);
    return part(kind, first, first >= size ? 0 : last - first + 1);
  }

  private static ByteRange part(RangeKind kind, long first, long length) {
    return length > 0
        ? new ByteRange(kind, RangeResult.PARTIAL, first, length)
        : new ByteRange(kind, RangeResult.UNSATISFIABLE, 0, 0);
  }

  /** Several ranges are answered by the whole, if they are well-formed. */
  private static ByteRange multiple(String set) {
    for (String item : set.split(",", -1)) {
      String range = item.strip();
      if (!range.isEmpty() && (!ONE.matcher(range).matches() || range.length() == 1)) {
        return new ByteRange(RangeKind.OTHER, RangeResult.UNSATISFIABLE, 0, 0);
      }
    }
    return new ByteRange(RangeKind.MULTIPLE, RangeResult.IGNORED, 0, 0);
  }

  private static long number(String digits) {
    String significant = digits.replaceFirst("^0+(?=\\d)", "");
    return significant.length() > LONG_DIGITS ? Long.MAX_VALUE : Long.parseLong(significant);
  }
}
