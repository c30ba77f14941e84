package dev.twinpath.loadgen;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checksums of files, as {@code sha256sum} writes them: the checksum, two blanks (or a blank and a
 * star), the name. Names are taken relative to the root of the URLs.
 */
final class Manifest {
  private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64}) [ *](.+)");

  private final Map<String, String> sha256 = new HashMap<>();

  private Manifest() {}

  /**
   * Reads a manifest.
   *
   * @throws IOException when it cannot be read, or a line is of another form
   */
  static Manifest read(Path file) throws IOException {
    Manifest manifest = new Manifest();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new IOException(file + ":" + number + ": not a line of sha256sum: " + line);
      }
      manifest.sha256.put(normal(matcher.group(2)), matcher.group(1).toLowerCase(Locale.ROOT));
    }
    return manifest;
  }

  /** Returns the checksum of what is at this URL, or an empty string when it is not listed. */
  String sha256(URI url) {
    return sha256.getOrDefault(normal(url.getPath() == null ? "" : url.getPath()), "");
  }

  private static String normal(String name) {
    String path = name;
    while (path.startsWith("./") || path.startsWith("/")) {
      path = path.substring(path.startsWith("/") ? 1 : 2);
    }
    return path;
  }
}
