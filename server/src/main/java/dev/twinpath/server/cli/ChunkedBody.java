package dev.twinpath.server.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A response's body in chunks (RFC 9112 section 7.1), given as it comes, with what its trailer
 * says. The JDK's client keeps trailers to itself and cannot close only its own direction, which is
 * how a capture is asked to come to its end.
 */
final class ChunkedBody extends InputStream {
  private static final int MAX_LINE = 1024;

  private final InputStream in;
  private final Map<String, String> trailer = new TreeMap<>();
  private long left;
  private boolean first = true;
  private boolean complete;

  ChunkedBody(InputStream in) {
    this.in = in;
  }

  /** Reads a line up to CR LF, without it. */
  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("the server ended the answer early");
      }
      if (line.length() == MAX_LINE) {
        throw new IOException("a line of the answer is too long");
      }
      line.append((char) c);
    }
    int end = line.length();
    return line.substring(0, end > 0 && line.charAt(end - 1) == '\r' ? end - 1 : end);
  }

  /** Reads a header or trailer section up to its empty line, names in lower case. */
  static Map<String, String> fields(InputStream in) throws IOException {
    Map<String, String> fields = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (left == 0 && !complete) {
      nextChunk();
    }
    if (complete) {
      return -1;
    }
    int count = in.read(to, offset, (int) Math.min(left, length));
    if (count < 0) {
      throw new EOFException("the server ended the answer early");
    }
    left -= count;
    return count;
  }

  private void nextChunk() throws IOException {
    if (!first) {
      line(in);
    }
    first = false;
    String size = line(in).replaceFirst(";.*", "").strip();
    if (!size.matches("[0-9a-fA-F]{1,15}")) {
      throw new IOException("the server sent what is no chunk");
    }
    left = Long.parseLong(size, 16);
    if (left == 0) {
      trailer.putAll(fields(in));
      complete = true;
    }
  }

  /** A field of the trailer, or "-" when it has none. */
  String trailer(String name) {
    return trailer.getOrDefault(name.toLowerCase(Locale.ROOT), "-");
  }
}
