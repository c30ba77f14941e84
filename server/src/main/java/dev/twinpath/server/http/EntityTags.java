package dev.twinpath.server.http;

import dev.twinpath.server.content.FileStamp;

/** Entity tags, RFC 9110 section 8.8.3. */
final class EntityTags {
  private EntityTags() {}

  /** The strong tag of a file: modification time to the nanosecond, size, inode. */
  static String of(FileStamp stamp) {
    return '"'
        + Long.toHexString(stamp.modifiedSeconds())
        + '.'
        + Integer.toHexString(stamp.modifiedNanos())
        + '-'
        + Long.toHexString(stamp.size())
        + '-'
        + Long.toHexString(stamp.inode())
        + '"';
  }

  /**
   * True if a list of tags, as in If-Match and If-None-Match, has this strong tag.
   *
   * @param weakly true if a weak tag with the same text counts (section 8.8.3.2)
   */
  static boolean listed(String list, String tag, boolean weakly) {
    int at = 0;
    while (at < list.length()) {
      char c = list.charAt(at);
      if (c == ' ' || c == '\t' || c == ',') {
        at++;
        continue;
      }
      boolean weak = list.startsWith("W/", at);
      int open = weak ? at + 2 : at;
      int close =
          open < list.length() && list.charAt(open) == '"' ? list.indexOf('"', open + 1) : -1;
      if (close < 0) {
        // Not a list of tags from here on.
        return false;
      }
      if ((weakly || !weak) && list.substring(open, close + 1).equals(tag)) {
        return true;
      }
      at = close + 1;
    }
    return false;
  }
}
