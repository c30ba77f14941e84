package dev.twinpath.loadgen;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A small blocking server on loopback that answers as its script says, and counts what it saw. The
 * script gets each request's head and writes whatever it likes, or closes the socket.
 */
public final class ScriptedServer implements AutoCloseable {
  /** What to do with one request. */
  public interface Script {
    /** Answers; number counts the requests of all connections from 1. */
    void answer(String head, long number, Exchange exchange) throws IOException;
  }

  /** One request's connection. */
  public record Exchange(Socket socket, OutputStream out) {
    /** Writes text as it is. */
    public void raw(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    /** Writes a whole response. */
    public void respond(int status, byte[] body) throws IOException {
      out.write(
          ("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.length + "\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1));
      out.write(body);
      out.flush();
    }

    /**
     * Ends the responses, and reads until the client closes too: closing with unread requests would
     * be a reset, which may overtake the last response (RFC 9112, 9.6).
     */
    public void closeAfterReading() throws IOException {
      socket.shutdownOutput();
      InputStream rest = socket.getInputStream();
      while (rest.read() >= 0) {
        continue;
      }
      socket.close();
    }

    /** Resets the connection. */
    public void reset() throws IOException {
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
      socket.close();
    }
  }

  private final ServerSocket listener;
  private final Script script;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();

  public ScriptedServer(Script script) throws IOException {
    this.script = script;
    listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** A server that answers every request with this body. */
  public static ScriptedServer answering(byte[] body) throws IOException {
    return new ScriptedServer((head, number, exchange) -> exchange.respond(200, body));
  }

  public URI url(String path) {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort() + path);
  }

  public long requests() {
    return requests.get();
  }

  public long connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        connections.incrementAndGet();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      String head;
      while (!(head = readHead(in)).isEmpty()) {
        script.answer(head, requests.incrementAndGet(), new Exchange(socket, out));
      }
    } catch (IOException e) {
      return; // the client went away, or the script closed the socket
    } finally {
      sockets.remove(socket);
    }
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    int b;
    while ((b = in.read()) >= 0) {
      head.append((char) b);
      if (b == '\n' && head.length() >= 4 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
        return head.toString();
      }
    }
    return "";
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
