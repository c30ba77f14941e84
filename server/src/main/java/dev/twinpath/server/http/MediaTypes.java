package dev.twinpath.server.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;

/** Content-Type by the extension of a file's name, from the table {@code media-types.txt}. */
final class MediaTypes {
  /** For names that say nothing. */
  static final String UNKNOWN = "application/octet-stream";

  private static final Map<String, String> BY_EXTENSION = read();

  /** Types that are text without being called so. */
  private static final List<String> ALSO_TEXT =
      List.of("application/json", "application/xml", "image/svg+xml", "application/yaml");

  private MediaTypes() {}

  /** The field's value for a file of this name. */
  static String of(String name) {
    int dot = name.lastIndexOf('.');
    if (dot < 0 || name.indexOf('/', dot) >= 0) {
      return UNKNOWN;
    }
    String type =
        BY_EXTENSION.getOrDefault(name.substring(dot + 1).toLowerCase(Locale.ROOT), UNKNOWN);
    boolean text = type.startsWith("text/") || ALSO_TEXT.contains(type);
    return text ? type + "; charset=utf-8" : type;
  }

  private static Map<String, String> read() {
    Map<String, String> table = new HashMap<>();
    try (InputStream in = MediaTypes.class.getResourceAsStream("media-types.txt");
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        StringTokenizer words = new StringTokenizer(line.startsWith("#") ? "" : line);
        String type = words.hasMoreTokens() ? words.nextToken() : "";
        while (words.hasMoreTokens()) {
          table.put(words.nextToken(), type);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return table;
  }
}
