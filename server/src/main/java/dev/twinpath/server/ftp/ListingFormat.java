package dev.twinpath.server.ftp;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Set;

/** How one entry becomes one line of a listing. */
@FunctionalInterface
interface ListingFormat {
  /** Appends the line, without its end. */
  void append(StringBuilder text, FtpEntry entry);

  /** NLST: the name alone, after a prefix that the client asked for. */
  static ListingFormat names(String prefix) {
    return (text, entry) -> text.append(prefix).append(entry.name());
  }

  /** MLSD (RFC 3659, section 7). */
  static ListingFormat facts(Set<MlstFact> facts) {
    return (text, entry) -> MlstFact.append(text, facts, entry, entry.name());
  }

  /** LIST: like {@code ls -l}, which is what clients know how to read. */
  static ListingFormat unix(Instant now) {
    DateTimeFormatter recent =
        DateTimeFormatter.ofPattern("MMM dd HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    DateTimeFormatter old =
        DateTimeFormatter.ofPattern("MMM dd  uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    Instant halfYearAgo = now.minus(182, ChronoUnit.DAYS);
    return (text, entry) -> {
      Instant modified = Instant.ofEpochSecond(entry.modifiedSeconds().orElse(0));
      boolean shownWithTime = modified.isAfter(halfYearAgo) && !modified.isAfter(now);
      String size = Long.toString(entry.size());
      text.append(entry.directory() ? "dr-xr-xr-x" : "-r--r--r--")
          .append("   1 ftp      ftp      ");
      text.append(" ".repeat(Math.max(0, 12 - size.length()))).append(size).append(' ');
      text.append((shownWithTime ? recent : old).format(modified));
      text.append(' ').append(entry.name());
    };
  }
}
