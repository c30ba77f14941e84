package dev.twinpath.loadgen.engine;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The HTTP/1.1 responses of one connection (RFC 9112), in a form that costs a load generator
 * little: bodies are stepped over, not copied. Single-threaded; never throws on any input.
 */
final class ResponseParser {
  private enum State {
    HEAD,
    FIXED_BODY,
    BODY_UNTIL_CLOSE,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK_DATA,
    CHUNK_END,
    TRAILER,
    STOPPED
  }

  private static final int MAX_TRAILER = 64 * 1024;

  private final HeadReader heads;
  private final ResponseSink sink;
  private State state = State.HEAD;
  private byte[] partial = new byte[0];
  private int partialLength;
  private boolean bodyless;
  private long remaining;
  private int digits;
  private int trailerLine;
  private int trailerBytes;

  ResponseParser(HeadReader heads, ResponseSink sink) {
    this.heads = heads;
    this.sink = sink;
  }

  /** Starts afresh on a new connection; {@code head}: all requests are HEAD. */
  void reset(boolean head) {
    state = State.HEAD;
    partialLength = 0;
    bodyless = head;
  }

  /** Returns whether some of a response has come, but not all of it. */
  boolean inBody() {
    return state != State.HEAD && state != State.STOPPED;
  }

  /** Tells that the connection ended; returns whether that was the proper end of a response. */
  boolean endOfStream() {
    if (state == State.BODY_UNTIL_CLOSE) {
      state = State.STOPPED;
      sink.onComplete();
      return true;
    }
    return false;
  }

  /**
   * Takes all readable bytes.
   *
   * @return false when they are malformed: the connection is of no use any more
   */
  boolean parse(ByteBuf in) {
    while (in.isReadable()) {
      switch (state) {
        case HEAD:
          if (!readHead(in)) {
            return false;
          }
          break;
        case FIXED_BODY:
        case CHUNK_DATA:
          skipBody(in);
          break;
        case BODY_UNTIL_CLOSE:
          sink.onBody(in, in.readerIndex(), in.readableBytes());
          in.skipBytes(in.readableBytes());
          break;
        case STOPPED:
          in.skipBytes(in.readableBytes());
          break;
        default:
          if (!chunkFraming(in.readByte())) {
            return false;
          }
          break;
      }
    }
    return true;
  }

  private void skipBody(ByteBuf in) {
    int n = (int) Math.min(remaining, in.readableBytes());
    sink.onBody(in, in.readerIndex(), n);
    in.skipBytes(n);
    remaining -= n;
    if (remaining == 0) {
      if (state == State.CHUNK_DATA) {
        state = State.CHUNK_END;
      } else {
        complete();
      }
    }
  }

  private boolean readHead(ByteBuf in) {
    int length;
    if (partialLength == 0) {
      length = heads.read(in);
      if (length > 0) {
        in.skipBytes(length);
      } else if (length == HeadReader.INCOMPLETE) {
        keep(in, in.readableBytes());
        return true;
      }
    } else {
      length = continueHead(in);
    }
    if (length == HeadReader.INCOMPLETE) {
      return true;
    }
    if (length == HeadReader.MALFORMED) {
      return false;
    }
    return begin(heads.head());
  }

  private int continueHead(ByteBuf in) {
    int before = partialLength;
    keep(in, Math.min(in.readableBytes(), HeadReader.MAX_HEAD - before));
    int end = HeadReader.end(partial, Math.max(0, before - 3), partialLength);
    if (end < 0) {
      return partialLength >= HeadReader.MAX_HEAD ? HeadReader.MALFORMED : HeadReader.INCOMPLETE;
    }
    in.readerIndex(in.readerIndex() - (partialLength - end));
    partialLength = 0;
    return heads.parse(partial, end);
  }

  private void keep(ByteBuf in, int length) {
    if (partialLength + length > partial.length) {
      partial = Arrays.copyOf(partial, Math.max(1024, partialLength + length));
    }
    in.readBytes(partial, partialLength, length);
    partialLength += length;
  }

  private boolean begin(ResponseHead head) {
    int status = head.status;
    if (status < 200) {
      return status != 101; // an interim response; we never ask for an upgrade
    }
    boolean empty = bodyless || status == 204 || status == 304;
    sink.onHead(status, head.chunked ? -1 : head.contentLength, head.keepAlive);
    if (empty || (!head.chunked && head.contentLength == 0)) {
      complete();
    } else if (head.chunked) {
      startChunk();
    } else if (head.contentLength > 0) {
      remaining = head.contentLength;
      state = State.FIXED_BODY;
    } else {
      state = State.BODY_UNTIL_CLOSE;
    }
    return true;
  }

  private void complete() {
    state = State.HEAD;
    if (!sink.onComplete()) {
      state = State.STOPPED;
    }
  }

  private void startChunk() {
    state = State.CHUNK_SIZE;
    remaining = 0;
    digits = 0;
  }

  /** One byte of the chunked coding's framing (RFC 9112, 7.1). */
  private boolean chunkFraming(byte b) {
    switch (state) {
      case CHUNK_SIZE:
        return chunkSize(b);
      case CHUNK_EXTENSION:
        if (b == '\n') {
          afterChunkSize();
        }
        return true;
      case CHUNK_END:
        if (b == '\n') {
          startChunk();
          return true;
        }
        return b == '\r';
      default:
        return trailer(b);
    }
  }

  private boolean chunkSize(byte b) {
    int digit = Character.digit(b, 16);
    if (digit >= 0) {
      remaining = remaining << 4 | digit;
      return ++digits <= 15;
    }
    if (digits == 0) {
      return false;
    }
    switch (b) {
      case '\n':
        afterChunkSize();
        return true;
      case '\r':
      case ';':
      case ' ':
      case '\t':
        state = State.CHUNK_EXTENSION;
        return true;
      default:
        return false;
    }
  }

  private void afterChunkSize() {
    if (remaining == 0) {
      state = State.TRAILER;
      trailerLine = 0;
      trailerBytes = 0;
    } else {
      state = State.CHUNK_DATA;
    }
  }

  private boolean trailer(byte b) {
    if (++trailerBytes > MAX_TRAILER) {
      return false;
    }
    if (b == '\n') {
      if (trailerLine == 0) {
        complete();
      }
      trailerLine = 0;
    } else if (b != '\r') {
      trailerLine++;
    }
    return true;
  }
}
