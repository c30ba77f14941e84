package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Finds and parses response heads; one per event loop.
 *
 * <p>A server that is asked for the same thing again answers with the same head, but for the date
 * once a second. So the last head is kept, and a head that is equal to it byte for byte is not
 * parsed again: one vectorised comparison instead of a walk over some 250 bytes. Single-threaded.
 */
final class HeadReader {
  /** A longer head is malformed. */
  static final int MAX_HEAD = 64 * 1024;

  /** {@link #read}: the head is not whole yet. */
  static final int INCOMPLETE = 0;

  /** {@link #read}: this is no HTTP/1.x head. */
  static final int MALFORMED = -1;

  private static final int FIRST_LOOK = 512;

  private final byte[] scratch = new byte[MAX_HEAD];
  private final ResponseHead head = new ResponseHead();
  private byte[] last = new byte[FIRST_LOOK];
  private int lastLength;

  /** Returns the facts of the head that {@link #read} or {@link #parse} just found. */
  ResponseHead head() {
    return head;
  }

  /**
   * Reads a head that starts at the reader index, which does not move.
   *
   * @return the length of the head, {@link #INCOMPLETE} or {@link #MALFORMED}
   */
  int read(ByteBuf in) {
    int readable = in.readableBytes();
    int looked = Math.min(readable, Math.max(lastLength, FIRST_LOOK));
    in.getBytes(in.readerIndex(), scratch, 0, looked);
    if (lastLength > 0
        && looked >= lastLength
        && Arrays.equals(scratch, 0, lastLength, last, 0, lastLength)) {
      return lastLength;
    }
    int end = end(scratch, 0, looked);
    if (end < 0 && looked < readable) {
      int more = Math.min(readable, MAX_HEAD);
      in.getBytes(in.readerIndex() + looked, scratch, looked, more - looked);
      end = end(scratch, Math.max(0, looked - 3), more);
      looked = more;
    }
    if (end < 0) {
      return looked >= MAX_HEAD ? MALFORMED : INCOMPLETE;
    }
    return parse(scratch, end);
  }

  /** Parses a whole head of a known length, returning that length or {@link #MALFORMED}. */
  int parse(byte[] bytes, int length) {
    lastLength = 0;
    if (!head.parse(bytes, length)) {
      return MALFORMED;
    }
    if (last.length < length) {
      last = new byte[length];
    }
    System.arraycopy(bytes, 0, last, 0, length);
    lastLength = length;
    return length;
  }

  /** Returns where the empty line that ends a head ends, or -1; a bare LF is tolerated. */
  static int end(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] == '\n') {
        if (i + 1 < to && bytes[i + 1] == '\n') {
          return i + 2;
        }
        if (i + 2 < to && bytes[i + 1] == '\r' && bytes[i + 2] == '\n') {
          return i + 3;
        }
      }
    }
    return -1;
  }
}
