package dev.twinpath.server.http;

import dev.twinpath.server.content.DirectoryEntry;
import dev.twinpath.server.content.Listing;
import dev.twinpath.server.content.Lookup;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A directory as an HTML page.
 *
 * @param kind {@link Lookup.Kind#DIRECTORY}, or why there is no page
 * @param html UTF-8; empty without a page
 */
record DirectoryPage(Lookup.Kind kind, byte[] html) {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final String STYLE =
      "body{font:16px/1.5 system-ui,sans-serif;margin:1rem auto;max-width:60rem;padding:0 1rem}"
          + "table{border-collapse:collapse;width:100%}td{padding:.2rem .5rem;overflow-wrap:anywhere}"
          + "td+td{text-align:right;white-space:nowrap;color:#666}tr:hover{background:#8882}";
  private static final String UNRESERVED = "-._~!$&'()*+,;=:@/";

  /** Renders a listing; takes as long as the directory is big, so not on an event loop. */
  static DirectoryPage render(String path, Listing listing) {
    if (listing.kind() != Lookup.Kind.DIRECTORY) {
      return new DirectoryPage(listing.kind(), new byte[0]);
    }
    String title = "Index of " + escape(path);
    StringBuilder page = new StringBuilder(1024 + 160 * listing.entries().size());
    page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\"><title>")
        .append(title)
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head>\n<body><h1>")
        .append(title)
        .append("</h1><table>\n");
    if (!path.equals("/")) {
      page.append("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
    }
    for (DirectoryEntry entry : listing.entries()) {
      row(page, entry);
    }
    page.append("</table>");
    if (!listing.complete()) {
      page.append("<p>Only the first ").append(listing.entries().size()).append(" are shown.</p>");
    }
    page.append("</body></html>\n");
    return new DirectoryPage(listing.kind(), page.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static void row(StringBuilder page, DirectoryEntry entry) {
    String slash = entry.directory() ? "/" : "";
    // "./" keeps a name with a colon from being read as a scheme.
    page.append("<tr><td><a href=\"./")
        .append(escape(encode(entry.name())))
        .append(slash)
        .append("\">")
        .append(escape(entry.name()))
        .append(slash)
        .append("</a></td><td>")
        .append(entry.directory() ? "" : entry.size())
        .append("</td><td>")
        .append(DATE.format(Instant.ofEpochSecond(entry.modifiedSeconds())))
        .append("</td></tr>\n");
  }

  /** A path as it stands in a URL: percent-encoded but for slashes. */
  static String encode(String path) {
    StringBuilder encoded = new StringBuilder(path.length());
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      boolean plain =
          b >= '0' && b <= '9'
              || b >= 'a' && b <= 'z'
              || b >= 'A' && b <= 'Z'
              || b > 0 && UNRESERVED.indexOf(b) >= 0;
      if (plain) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(String.format("%02X", b & 0xFF));
      }
    }
    return encoded.toString();
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c < ' ' ? '\uFFFD' : c);
      }
    }
    return escaped.toString();
  }
}
