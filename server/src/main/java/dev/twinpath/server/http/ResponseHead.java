package dev.twinpath.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/**
 * Writes one response head into a buffer: status line and Server and Date, then what is added, then
 * the empty line. Values are the server's own, so nothing in them needs escaping.
 */
final class ResponseHead {
  private static final byte[] SERVER =
      "\r\nServer: twinpath\r\nDate: ".getBytes(StandardCharsets.US_ASCII);
  private static final int INITIAL_BYTES = 384;

  private final ByteBuf out;
  private final int dateIndex;

  ResponseHead(ByteBufAllocator allocator, int extraBytes, int status, ServerClock clock) {
    out = allocator.directBuffer(INITIAL_BYTES + extraBytes);
    ascii("HTTP/1.1 ").ascii(Integer.toString(status)).ascii(" ").ascii(HttpStatus.reason(status));
    out.writeBytes(SERVER);
    dateIndex = out.writerIndex();
    out.writeBytes(clock.date());
  }

  /** Where the Date field's value is. */
  int dateIndex() {
    return dateIndex;
  }

  ResponseHead field(String name, String value) {
    return ascii("\r\n").ascii(name).ascii(": ").ascii(value);
  }

  ResponseHead field(String name, long value) {
    return field(name, Long.toString(value));
  }

  /**
   * What happens to the connection; says nothing where the client's version has it as the default.
   */
  ResponseHead connection(boolean keepAlive, boolean http11) {
    if (!keepAlive) {
      return field("Connection", "close");
    }
    return http11 ? this : field("Connection", "keep-alive");
  }

  /** The finished head. */
  ByteBuf end() {
    ascii("\r\n\r\n");
    return out;
  }

  private ResponseHead ascii(String text) {
    out.writeCharSequence(text, StandardCharsets.US_ASCII);
    return this;
  }
}
