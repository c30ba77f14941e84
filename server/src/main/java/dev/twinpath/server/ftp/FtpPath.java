package dev.twinpath.server.ftp;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Names as the client sees them: absolute, separated by {@code /}, from a root that {@code ..}
 * cannot leave (RFC 3659, section 6: TVFS).
 */
final class FtpPath {
  static final String ROOT = "/";

  private FtpPath() {}

  /**
   * The absolute name of {@code name} seen from {@code directory}, without {@code .} or {@code ..}.
   */
  static String resolve(String directory, String name) {
    Deque<String> segments = new ArrayDeque<>();
    if (!name.startsWith(ROOT)) {
      append(segments, directory);
    }
    append(segments, name);
    return ROOT + String.join("/", segments);
  }

  private static void append(Deque<String> segments, String path) {
    for (String segment : path.split("/", -1)) {
      if (segment.equals("..")) {
        segments.pollLast();
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        segments.addLast(segment);
      }
    }
  }

  /** The directory that holds an absolute name; the root holds itself. */
  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? ROOT : path.substring(0, slash);
  }

  /** The last segment of an absolute name; empty for the root. */
  static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** True if a segment begins with a dot: such names are not served, as over HTTP. */
  static boolean hidden(String path) {
    return path.contains("/.");
  }

  /** As 257 shows it: in double quotes, with those inside doubled (RFC 959, appendix II). */
  static String quote(String path) {
    return '"' + path.replace("\"", "\"\"") + '"';
  }

  /** True if a name can stand on a line of its own in a listing. */
  static boolean listable(String name) {
    return name.chars().allMatch(c -> c >= ' ' && c != 0x7F);
  }
}
