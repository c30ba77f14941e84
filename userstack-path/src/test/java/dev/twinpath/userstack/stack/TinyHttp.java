package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.RegisteredMemory;
import dev.twinpath.nic.packet.Memory;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * The least of an HTTP server, to let kernels' clients at the stack: GET /N answers N bytes of a
 * pattern as a page range, GET /N/close closes after it; POST answers with the number of bytes that
 * came.
 */
public final class TinyHttp implements AcceptHandler {
  /** Byte i of a body is {@code pattern(i % PERIOD)}. */
  public static final int PERIOD = 1 << 24;

  private final Arena arena = Arena.ofShared();
  private final long body;
  private final int region;
  private final long scratch;

  public TinyHttp(RegisteredMemory memory) {
    body = arena.allocate(PERIOD, 4096).address();
    for (int i = 0; i < PERIOD; i += 4) {
      Memory.putInt(body + i, i * 0x9e3779b9);
    }
    region = memory.register(body, PERIOD, RegisteredMemory.READ);
    scratch = arena.allocate(4096).address();
  }

  /** Address of the pattern. */
  public long pattern() {
    return body;
  }

  /** What sha256sum says of a body. */
  public String sha256(long length) throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] period = Memory.toArray(body, PERIOD);
    for (long left = length; left > 0; left -= PERIOD) {
      digest.update(period, 0, (int) Math.min(left, PERIOD));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public ConnectionHandler onAccept(TcpConnection connection) {
    return new Session(connection);
  }

  private final class Session implements ConnectionHandler {
    private final TcpConnection connection;
    private final StringBuilder request = new StringBuilder();
    private long upload = -1;
    private long uploaded;

    Session(TcpConnection connection) {
      this.connection = connection;
    }

    @Override
    public int onData(long address, int length) {
      int i = 0;
      while (i < length) {
        if (upload >= 0) {
          long count = Math.min(length - i, upload - uploaded);
          uploaded += count;
          i += (int) count;
          if (uploaded == upload) {
            upload = -1;
            answer(uploaded + "\n", 0);
          }
          continue;
        }
        request.append((char) Memory.getByte(address + i++));
        int n = request.length();
        if (n >= 4 && request.charAt(n - 1) == '\n' && request.indexOf("\r\n\r\n", n - 4) >= 0) {
          String text = request.toString();
          request.setLength(0);
          respond(text);
        }
      }
      return length;
    }

    private void respond(String text) {
      String path = text.substring(text.indexOf('/') + 1, text.indexOf(" HTTP"));
      if (text.startsWith("POST")) {
        int at = text.toLowerCase(java.util.Locale.ROOT).indexOf("content-length: ") + 16;
        upload = Long.parseLong(text.substring(at, text.indexOf('\r', at)));
        uploaded = 0;
        return;
      }
      boolean close = path.endsWith("/close");
      long size = Long.parseLong(close ? path.substring(0, path.length() - 6) : path);
      answer("", size);
      if (close) {
        connection.shutdownOutput();
      }
    }

    private void answer(String start, long size) {
      byte[] head =
          ("HTTP/1.1 200 OK\r\nContent-Length: " + (start.length() + size) + "\r\n\r\n" + start)
              .getBytes(StandardCharsets.US_ASCII);
      Memory.copy(head, 0, scratch, head.length);
      connection.sendBytes(scratch, head.length);
      for (long left = size; left > 0; left -= PERIOD) {
        connection.sendRange(region, 0, Math.min(left, PERIOD), null);
      }
    }

    @Override
    public void onDataEnd() {
      connection.flush();
    }

    @Override
    public void onRemoteClosed() {
      connection.close();
    }

    @Override
    public void onClosed(CloseCause cause) {}
  }
}
