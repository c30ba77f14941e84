package dev.twinpath.server.http;

import dev.twinpath.server.config.HttpLimits;
import dev.twinpath.server.metrics.RequestMethod;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Reads request heads from bytes, strictly by RFC 9112: what two servers could understand
 * differently (bare line feeds, folded fields, a length together with a transfer coding, blanks
 * before the colon, a second Host) is refused, because a proxy in front may have understood it the
 * other way. One for each connection; it remembers how far it looked, so that a head that drips in
 * byte by byte is still looked at only once.
 */
final class RequestParser {
  /** {@link #parse}: the head is not whole yet. */
  static final int INCOMPLETE = 0;

  /** {@link #parse}: the head is whole and well-formed. */
  static final int COMPLETE = 1;

  /** Bytes of empty lines that are ignored before a request line: two lines. */
  private static final int EMPTY_LINES = 4;

  /** The methods of RFC 9110 and RFC 5789: refused with 405, where others get 501. */
  private static final Set<String> KNOWN =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");

  private final HttpLimits limits;
  private final RequestHead head;
  private int headStart;
  private int scanned;
  private int lineStart;
  private int end;

  RequestParser(HttpLimits limits, RequestHead head) {
    this.limits = limits;
    this.head = head;
  }

  /**
   * Looks for one head in {@code b[from..to)}. After INCOMPLETE, call again with the same bytes, at
   * any place, and more behind them.
   *
   * @return INCOMPLETE, COMPLETE (see {@link #end}), or the status to refuse the request with
   */
  int parse(byte[] b, int from, int to) {
    int at = from + scanned;
    int line = from + lineStart;
    while (true) {
      int newline = at;
      while (newline < to && b[newline] != '\n') {
        newline++;
      }
      if (newline == to) {
        scanned = to - from;
        lineStart = line - from;
        return refuseEarly(b, from + headStart, line, to);
      }
      boolean empty = newline == line || newline == line + 1 && b[line] == '\r';
      at = newline + 1;
      if (empty && line == from + headStart && newline > line && headStart < EMPTY_LINES) {
        // RFC 9112 section 2.2: an empty line before the request line is ignored.
        headStart = at - from;
      } else if (empty) {
        end = at;
        int start = from + headStart;
        scanned = 0;
        lineStart = 0;
        headStart = 0;
        return parseWhole(b, start, at);
      }
      line = at;
    }
  }

  /** Where the head ended, in the array that {@link #parse} was given. */
  int end() {
    return end;
  }

  private int refuseEarly(byte[] b, int from, int line, int to) {
    if (to > from && !Tokens.isToken(b[from]) && b[from] != '\r') {
      return HttpStatus.BAD_REQUEST;
    }
    boolean inRequestLine = line == from;
    if (inRequestLine) {
      return to - from > limits.requestLineBytes() ? HttpStatus.URI_TOO_LONG : INCOMPLETE;
    }
    return to - from > limits.requestLineBytes() + limits.headerBytes()
        ? HttpStatus.HEADERS_TOO_LARGE
        : INCOMPLETE;
  }

  private int parseWhole(byte[] b, int from, int to) {
    head.clear();
    int at = from;
    int lineEnd = endOfLine(b, at, to);
    if (lineEnd < 0) {
      return HttpStatus.BAD_REQUEST;
    }
    if (lineEnd - at > limits.requestLineBytes()) {
      return HttpStatus.URI_TOO_LONG;
    }
    int status = requestLine(b, at, lineEnd);
    if (status != COMPLETE) {
      return status;
    }
    at = lineEnd + 2;
    if (to - at > limits.headerBytes()) {
      return HttpStatus.HEADERS_TOO_LARGE;
    }
    int fields = 0;
    while (true) {
      lineEnd = endOfLine(b, at, to);
      if (lineEnd < 0) {
        return HttpStatus.BAD_REQUEST;
      }
      if (lineEnd == at) {
        break;
      }
      if (++fields > limits.headerFields()) {
        return HttpStatus.HEADERS_TOO_LARGE;
      }
      status = field(b, at, lineEnd);
      if (status != COMPLETE) {
        return status;
      }
      at = lineEnd + 2;
    }
    return framing();
  }

  /** The index of the line's CR; -1 if it ends otherwise or has a CR within. */
  private static int endOfLine(byte[] b, int from, int to) {
    int i = from;
    while (i < to && b[i] != '\r' && b[i] != '\n') {
      i++;
    }
    return i + 1 < to && b[i] == '\r' && b[i + 1] == '\n' ? i : -1;
  }

  private int requestLine(byte[] b, int from, int to) {
    int methodEnd = from;
    while (methodEnd < to && Tokens.isToken(b[methodEnd])) {
      methodEnd++;
    }
    if (methodEnd == from || methodEnd == to || b[methodEnd] != ' ') {
      return HttpStatus.BAD_REQUEST;
    }
    int targetEnd = methodEnd + 1;
    while (targetEnd < to && Tokens.isTarget(b[targetEnd])) {
      targetEnd++;
    }
    if (targetEnd == methodEnd + 1 || targetEnd == to || b[targetEnd] != ' ') {
      return HttpStatus.BAD_REQUEST;
    }
    int status = version(b, targetEnd + 1, to);
    if (status != COMPLETE) {
      return status;
    }
    head.method = method(b, from, methodEnd);
    head.targetArray = b;
    head.targetStart = methodEnd + 1;
    head.targetEnd = targetEnd;
    return COMPLETE;
  }

  private int version(byte[] b, int from, int to) {
    boolean wellFormed =
        to - from == 8
            && b[from] == 'H'
            && b[from + 1] == 'T'
            && b[from + 2] == 'T'
            && b[from + 3] == 'P'
            && b[from + 4] == '/'
            && isDigit(b[from + 5])
            && b[from + 6] == '.'
            && isDigit(b[from + 7]);
    if (!wellFormed) {
      return HttpStatus.BAD_REQUEST;
    }
    if (b[from + 5] != '1') {
      return HttpStatus.VERSION_NOT_SUPPORTED;
    }
    head.http11 = b[from + 7] != '0';
    return COMPLETE;
  }

  private RequestMethod method(byte[] b, int from, int to) {
    if (to - from == 3 && b[from] == 'G' && b[from + 1] == 'E' && b[from + 2] == 'T') {
      return RequestMethod.GET;
    }
    String token = text(b, from, to);
    head.knownMethod = KNOWN.contains(token);
    return RequestMethod.of(token);
  }

  private int field(byte[] b, int from, int to) {
    int colon = from;
    while (colon < to && Tokens.isToken(b[colon])) {
      colon++;
    }
    if (colon == from || colon == to || b[colon] != ':') {
      return HttpStatus.BAD_REQUEST;
    }
    for (int i = colon + 1; i < to; i++) {
      if (!Tokens.isFieldValue(b[i])) {
        return HttpStatus.BAD_REQUEST;
      }
    }
    int start = colon + 1;
    int end = to;
    while (start < end && Tokens.isBlank(b[start])) {
      start++;
    }
    while (end > start && Tokens.isBlank(b[end - 1])) {
      end--;
    }
    return known(b, from, colon, start, end);
  }

  /** Keeps the field if it is one that this server looks at; told apart by length first. */
  private int known(byte[] b, int name, int nameEnd, int start, int end) {
    switch (nameEnd - name) {
      case 4:
        return Tokens.equalsIgnoreCase(b, name, nameEnd, "host") ? host(b, start, end) : COMPLETE;
      case 5:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "range")) {
          head.range = join(head.range, b, start, end);
          head.conditional = true;
        }
        return COMPLETE;
      case 6:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "expect")) {
          head.expectContinue = Tokens.equalsIgnoreCase(b, start, end, "100-continue");
          head.expectUnknown |= !head.expectContinue;
        }
        return COMPLETE;
      case 8:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "if-match")) {
          head.ifMatch = join(head.ifMatch, b, start, end);
          head.conditional = true;
        } else if (Tokens.equalsIgnoreCase(b, name, nameEnd, "if-range")) {
          head.ifRange = join(head.ifRange, b, start, end);
        }
        return COMPLETE;
      case 10:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "connection")) {
          connection(text(b, start, end));
        }
        return COMPLETE;
      case 13:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "if-none-match")) {
          head.ifNoneMatch = join(head.ifNoneMatch, b, start, end);
          head.conditional = true;
        }
        return COMPLETE;
      case 14:
        return Tokens.equalsIgnoreCase(b, name, nameEnd, "content-length")
            ? contentLength(b, start, end)
            : COMPLETE;
      case 17:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "if-modified-since")) {
          head.ifModifiedSince = join(head.ifModifiedSince, b, start, end);
          head.conditional = true;
        } else if (Tokens.equalsIgnoreCase(b, name, nameEnd, "transfer-encoding")) {
          return transferEncoding(b, start, end);
        }
        return COMPLETE;
      case 19:
        if (Tokens.equalsIgnoreCase(b, name, nameEnd, "if-unmodified-since")) {
          head.ifUnmodifiedSince = join(head.ifUnmodifiedSince, b, start, end);
          head.conditional = true;
        }
        return COMPLETE;
      default:
        return COMPLETE;
    }
  }

  private int host(byte[] b, int start, int end) {
    if (head.host != null) {
      return HttpStatus.BAD_REQUEST;
    }
    for (int i = start; i < end; i++) {
      boolean good = b[i] > ' ' && b[i] != 0x7F && "/\\@?#,<>\"{}|^`".indexOf(b[i]) < 0;
      if (!good) {
        return HttpStatus.BAD_REQUEST;
      }
    }
    head.host = text(b, start, end);
    return COMPLETE;
  }

  private void connection(String value) {
    int from = 0;
    while (from <= value.length()) {
      int comma = value.indexOf(',', from);
      int to = comma < 0 ? value.length() : comma;
      String option = value.substring(from, to).strip();
      head.connectionClose |= option.equalsIgnoreCase("close");
      head.connectionKeepAlive |= option.equalsIgnoreCase("keep-alive");
      from = to + 1;
    }
  }

  private int contentLength(byte[] b, int start, int end) {
    if (head.contentLength >= 0 || start == end || end - start > 18) {
      return HttpStatus.BAD_REQUEST;
    }
    long value = 0;
    for (int i = start; i < end; i++) {
      if (!isDigit(b[i])) {
        return HttpStatus.BAD_REQUEST;
      }
      value = value * 10 + (b[i] - '0');
    }
    head.contentLength = value;
    return COMPLETE;
  }

  private int transferEncoding(byte[] b, int start, int end) {
    if (head.chunked) {
      return HttpStatus.BAD_REQUEST;
    }
    if (!Tokens.equalsIgnoreCase(b, start, end, "chunked")) {
      return HttpStatus.NOT_IMPLEMENTED;
    }
    head.chunked = true;
    return COMPLETE;
  }

  /** RFC 9112 sections 3.2 and 6.3: what must hold between the fields. */
  private int framing() {
    boolean ambiguous = head.chunked && (head.contentLength >= 0 || !head.http11);
    if (ambiguous || head.http11 && head.host == null) {
      return HttpStatus.BAD_REQUEST;
    }
    return COMPLETE;
  }

  private static String join(String before, byte[] b, int start, int end) {
    String value = text(b, start, end);
    return before == null ? value : before + ", " + value;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static String text(byte[] b, int start, int end) {
    return new String(b, start, end - start, StandardCharsets.ISO_8859_1);
  }
}
