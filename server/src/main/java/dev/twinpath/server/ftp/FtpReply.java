package dev.twinpath.server.ftp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/**
 * A reply of RFC 959, section 4.2.
 *
 * @param code 100 to 599; below 200 another reply follows for the same command
 * @param lines one line, or several of which the inner ones are sent with a leading space so that
 *     none of them can be taken for the last
 */
record FtpReply(int code, List<String> lines) {
  FtpReply {
    if (code < 100 || code > 599 || lines.isEmpty()) {
      throw new IllegalArgumentException("not a reply: " + code + " " + lines);
    }
    lines = List.copyOf(lines);
  }

  static FtpReply of(int code, String text) {
    return new FtpReply(code, List.of(text));
  }

  boolean isFinal() {
    return code >= 200;
  }

  /** The bytes of the reply, in UTF-8 (RFC 2640). */
  ByteBuf encode(ByteBufAllocator allocator) {
    StringBuilder text = new StringBuilder();
    int last = lines.size() - 1;
    for (int i = 0; i <= last; i++) {
      if (i == 0 || i == last) {
        text.append(code).append(i == last ? ' ' : '-');
      } else {
        text.append(' ');
      }
      appendPrintable(text, lines.get(i));
      text.append("\r\n");
    }
    return ByteBufUtil.writeUtf8(allocator, text);
  }

  /** A name that holds a line end must not become a reply of its own. */
  private static void appendPrintable(StringBuilder text, String line) {
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      text.append(c < ' ' || c == 0x7F ? '?' : c);
    }
  }
}
