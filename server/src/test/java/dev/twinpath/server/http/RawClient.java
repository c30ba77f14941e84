package dev.twinpath.server.http;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends exactly the bytes it is told, and reads responses by their framing. */
final class RawClient implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  RawClient(InetSocketAddress address) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    socket.connect(address, TIMEOUT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
  }

  /** One response. */
  record Response(int status, Map<String, String> headers, byte[] body) {
    String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  RawClient sendUtf8(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A GET with a Host, on a connection that stays. */
  RawClient get(String target, String... headers) throws IOException {
    return request("GET", target, headers);
  }

  RawClient request(String method, String target, String... headers) throws IOException {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: test\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return send(head.append("\r\n").toString());
  }

  void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  Response readResponse() throws IOException {
    return readResponse(false);
  }

  /** Reads one response; {@code toHead} if it answers a HEAD. */
  Response readResponse(boolean toHead) throws IOException {
    String status = line();
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      if (headers.put(name, line.substring(colon + 1).strip()) != null) {
        throw new IOException("twice: " + line);
      }
    }
    int code = Integer.parseInt(status.substring(9, 12));
    long length = Long.parseLong(headers.getOrDefault("content-length", "0"));
    boolean bodiless = toHead || code == 304;
    byte[] body = bodiless ? new byte[0] : in.readNBytes(Math.toIntExact(length));
    if (!bodiless && body.length < length) {
      throw new IOException("cut after " + body.length + " of " + length);
    }
    return new Response(code, headers, body);
  }

  /** Reads exactly so many bytes. */
  byte[] read(int bytes) throws IOException {
    return in.readNBytes(bytes);
  }

  /** Reads until the server closes; how many bytes came. A reset counts as a close. */
  long drain() throws IOException {
    long count = 0;
    byte[] buffer = new byte[1 << 16];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        count += n;
      }
    } catch (SocketException e) {
      // Reset.
    }
    return count;
  }

  /** True if the server closes without another byte. */
  boolean closed() throws IOException {
    return drain() == 0;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the server closed after '" + line + "'");
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
