package dev.twinpath.server.http;

/** The character classes of RFC 9110 section 5.6.2 and of header field values. */
final class Tokens {
  private static final boolean[] TOKEN = new boolean[256];

  static {
    String others = "!#$%&'*+-.^_`|~";
    for (int c = 0; c < 128; c++) {
      TOKEN[c] =
          c >= '0' && c <= '9'
              || c >= 'a' && c <= 'z'
              || c >= 'A' && c <= 'Z'
              || others.indexOf(c) >= 0;
    }
  }

  private Tokens() {}

  /** tchar. */
  static boolean isToken(byte b) {
    return TOKEN[b & 0xFF];
  }

  /** What a field value may contain: anything but control characters other than a tab. */
  static boolean isFieldValue(byte b) {
    return b >= ' ' && b != 0x7F || b == '\t' || b < 0;
  }

  /** What a request target may contain: no space, no control characters, no fragment. */
  static boolean isTarget(byte b) {
    return b > ' ' && b != 0x7F && b != '#' || b < 0;
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /** Compares ASCII letters without case; {@code lower} is in lower case. */
  static boolean equalsIgnoreCase(byte[] b, int start, int end, String lower) {
    if (end - start != lower.length()) {
      return false;
    }
    for (int i = 0; i < lower.length(); i++) {
      int c = b[start + i];
      if (c >= 'A' && c <= 'Z') {
        c += 'a' - 'A';
      }
      if (c != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
