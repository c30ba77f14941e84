package dev.twinpath.server.http;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** HTTP dates, RFC 9110 section 5.6.7. */
final class HttpDate {
  /** Bytes of an IMF-fixdate. */
  static final int LENGTH = 29;

  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  /** A two-digit year is at most 50 years in the future; the rest of the century is the past. */
  private static final DateTimeFormatter RFC_850 =
      new DateTimeFormatterBuilder()
          .appendPattern("EEEE, dd-MMM-")
          .appendValueReduced(
              ChronoField.YEAR, 2, 2, ZonedDateTime.now(ZoneOffset.UTC).getYear() - 49)
          .appendPattern(" HH:mm:ss 'GMT'")
          .toFormatter(Locale.US);

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US);

  private static final List<DateTimeFormatter> ACCEPTED = List.of(IMF_FIXDATE, RFC_850, ASCTIME);

  private HttpDate() {}

  /** The IMF-fixdate of a moment in seconds since 1970. */
  static String format(long epochSeconds) {
    return IMF_FIXDATE.format(Instant.ofEpochSecond(epochSeconds));
  }

  /** The same, as bytes: {@link #LENGTH} of them. */
  static byte[] bytes(long epochSeconds) {
    return format(epochSeconds).getBytes(StandardCharsets.US_ASCII);
  }

  /** Seconds since 1970 of any of the three formats; empty for anything else. */
  static OptionalLong parse(String text) {
    for (DateTimeFormatter format : ACCEPTED) {
      try {
        return OptionalLong.of(LocalDateTime.parse(text, format).toEpochSecond(ZoneOffset.UTC));
      } catch (DateTimeException e) {
        // Another of the three formats may fit.
      }
    }
    return OptionalLong.empty();
  }
}
