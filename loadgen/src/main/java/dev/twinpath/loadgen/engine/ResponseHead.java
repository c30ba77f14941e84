package dev.twinpath.loadgen.engine;

/**
 * The few facts of a response head that a load generator needs (RFC 9112, sections 4 and 6).
 *
 * <p>A reusable flyweight: {@link #parse} overwrites it. Single-threaded.
 */
final class ResponseHead {
  /** {@link #contentLength} of a response without that header. */
  static final long UNKNOWN = -1;

  private static final byte[] CONTENT_LENGTH = lower("content-length");
  private static final byte[] TRANSFER_ENCODING = lower("transfer-encoding");
  private static final byte[] CONNECTION = lower("connection");
  private static final byte[] CHUNKED = lower("chunked");
  private static final byte[] CLOSE = lower("close");
  private static final byte[] KEEP_ALIVE = lower("keep-alive");

  int status;
  long contentLength;
  boolean chunked;
  boolean keepAlive;

  private static byte[] lower(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  /**
   * Parses a whole head.
   *
   * @param bytes holds it
   * @param length its length, with the empty line that ends it
   * @return false when this is not the head of an HTTP/1.x response
   */
  boolean parse(byte[] bytes, int length) {
    contentLength = UNKNOWN;
    chunked = false;
    int lineEnd = lineEnd(bytes, 0, length);
    if (!statusLine(bytes, lineEnd)) {
      return false;
    }
    int start = lineEnd + 1;
    while (start < length) {
      lineEnd = lineEnd(bytes, start, length);
      int end = lineEnd > start && bytes[lineEnd - 1] == '\r' ? lineEnd - 1 : lineEnd;
      if (end == start) {
        return true;
      }
      if (!headerLine(bytes, start, end)) {
        return false;
      }
      start = lineEnd + 1;
    }
    return true;
  }

  private static int lineEnd(byte[] bytes, int from, int length) {
    int i = from;
    while (i < length && bytes[i] != '\n') {
      i++;
    }
    return i;
  }

  /** "HTTP/1.1 200 OK"; the reason phrase may be missing. */
  private boolean statusLine(byte[] b, int end) {
    if (end < 12
        || b[0] != 'H'
        || b[1] != 'T'
        || b[2] != 'T'
        || b[3] != 'P'
        || b[4] != '/'
        || b[5] != '1'
        || b[6] != '.'
        || (b[7] != '0' && b[7] != '1')
        || b[8] != ' ') {
      return false;
    }
    int hundreds = b[9] - '0';
    int tens = b[10] - '0';
    int ones = b[11] - '0';
    if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) {
      return false;
    }
    if (end > 12 && b[12] != ' ' && b[12] != '\r') {
      return false;
    }
    status = hundreds * 100 + tens * 10 + ones;
    keepAlive = b[7] == '1';
    return true;
  }

  private boolean headerLine(byte[] b, int start, int end) {
    int colon = start;
    while (colon < end && b[colon] != ':') {
      colon++;
    }
    if (colon == start || colon == end) {
      return false;
    }
    int from = colon + 1;
    while (from < end && isBlank(b[from])) {
      from++;
    }
    int to = end;
    while (to > from && isBlank(b[to - 1])) {
      to--;
    }
    switch (colon - start) {
      case 14:
        return !matches(b, start, CONTENT_LENGTH) || length(b, from, to);
      case 17:
        if (matches(b, start, TRANSFER_ENCODING)) {
          // Chunked is always the last coding (RFC 9112, 6.1); it overrules Content-Length.
          chunked =
              to - from >= CHUNKED.length && matches(b, to - CHUNKED.length, CHUNKED) || chunked;
        }
        return true;
      case 10:
        if (matches(b, start, CONNECTION)) {
          connection(b, from, to);
        }
        return true;
      default:
        return true;
    }
  }

  private void connection(byte[] b, int from, int to) {
    int start = from;
    while (start < to) {
      int end = start;
      while (end < to && b[end] != ',') {
        end++;
      }
      int first = start;
      while (first < end && isBlank(b[first])) {
        first++;
      }
      int last = end;
      while (last > first && isBlank(b[last - 1])) {
        last--;
      }
      if (last - first == CLOSE.length && matches(b, first, CLOSE)) {
        keepAlive = false;
      } else if (last - first == KEEP_ALIVE.length && matches(b, first, KEEP_ALIVE)) {
        keepAlive = true;
      }
      start = end + 1;
    }
  }

  private boolean length(byte[] b, int from, int to) {
    if (from == to || to - from > 18) {
      return false;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = b[i] - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      value = value * 10 + digit;
    }
    if (contentLength != UNKNOWN && contentLength != value) {
      return false; // two lengths: no way to know which one frames the body (RFC 9112, 6.3)
    }
    contentLength = value;
    return true;
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static boolean matches(byte[] b, int from, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      int c = b[from + i];
      if (c >= 'A' && c <= 'Z') {
        c += 'a' - 'A';
      }
      if (c != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }
}
