package dev.twinpath.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/**
 * The path below the root that a request target names: decoded once, normalised, without a way up.
 *
 * @param status 200, or the status to refuse the request with
 * @param path starts with a slash; ends with one if the target names a directory; empty if refused
 */
record RequestPath(int status, String path) {
  private static final RequestPath BAD = new RequestPath(HttpStatus.BAD_REQUEST, "");
  private static final RequestPath HIDDEN = new RequestPath(HttpStatus.NOT_FOUND, "");
  private static final String SCHEME = "http://";

  /**
   * Reads a target in origin form, or in absolute form with the authority that the Host field has
   * (RFC 9112 section 3.2).
   *
   * @param host the Host field, or null
   */
  static RequestPath of(byte[] b, int start, int end, String host) {
    if (b[start] != '/') {
      return absolute(b, start, end, host);
    }
    for (int i = start; i < end; i++) {
      byte c = b[i];
      if (c == '?') {
        return new RequestPath(HttpStatus.OK, text(b, start, i));
      }
      boolean plain =
          c > 0 && c != '%' && (c != '/' || i + 1 == end || b[i + 1] != '/' && b[i + 1] != '.');
      if (!plain) {
        return decode(b, start, end);
      }
    }
    return new RequestPath(HttpStatus.OK, text(b, start, end));
  }

  private static RequestPath absolute(byte[] b, int start, int end, String host) {
    int authority = start + SCHEME.length();
    if (end <= authority || !Tokens.equalsIgnoreCase(b, start, authority, SCHEME)) {
      return BAD;
    }
    int slash = authority;
    while (slash < end && b[slash] != '/' && b[slash] != '?') {
      slash++;
    }
    String named = text(b, authority, slash);
    if (host != null && !named.equalsIgnoreCase(host)) {
      return BAD;
    }
    return slash < end && b[slash] == '/'
        ? of(b, slash, end, host)
        : new RequestPath(HttpStatus.OK, "/");
  }

  private static RequestPath decode(byte[] b, int start, int end) {
    byte[] decoded = new byte[end - start];
    int length = 0;
    for (int i = start; i < end && b[i] != '?'; i++) {
      int c = b[i] & 0xFF;
      if (c == '%') {
        c = i + 2 < end ? hex(b[i + 1]) << 4 | hex(b[i + 2]) : -1;
        i += 2;
      }
      if (c < ' ' || c == 0x7F) {
        return BAD;
      }
      decoded[length++] = (byte) c;
    }
    try {
      return normalise(
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(decoded, 0, length))
              .toString());
    } catch (CharacterCodingException e) {
      return BAD;
    }
  }

  /** RFC 3986 section 5.2.4, with empty segments taken out as well. */
  private static RequestPath normalise(String path) {
    ArrayDeque<String> segments = new ArrayDeque<>();
    int from = 1;
    boolean directory = false;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      String segment = path.substring(from, to);
      directory = segment.isEmpty() || segment.equals(".") || segment.equals("..");
      if (segment.equals("..")) {
        if (segments.pollLast() == null) {
          return BAD;
        }
      } else if (!directory) {
        segments.addLast(segment);
      }
      from = to + 1;
    }
    StringBuilder normal = new StringBuilder(path.length());
    for (String segment : segments) {
      if (segment.startsWith(".")) {
        return HIDDEN;
      }
      normal.append('/').append(segment);
    }
    if (directory || segments.isEmpty()) {
      normal.append('/');
    }
    return new RequestPath(HttpStatus.OK, normal.toString());
  }

  private static int hex(byte b) {
    return Character.digit(b, 16);
  }

  private static String text(byte[] b, int start, int end) {
    return new String(b, start, end - start, StandardCharsets.ISO_8859_1);
  }
}
