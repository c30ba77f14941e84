package dev.twinpath.server.ftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client that says exactly what a test tells it to, byte by byte. */
final class FtpDialog implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;
  private static final Pattern EXTENDED = Pattern.compile("\\(\\|\\|\\|(\\d+)\\|\\)");
  private static final Pattern PASSIVE =
      Pattern.compile("\\((\\d+),(\\d+),(\\d+),(\\d+),(\\d+),(\\d+)\\)");

  private final Socket socket;
  private final InputStream in;

  private FtpDialog(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /** Connects, without reading the greeting. */
  static FtpDialog connect(InetSocketAddress address) throws IOException {
    return new FtpDialog(new Socket(address.getAddress(), address.getPort()));
  }

  /** Connects and logs in. */
  static FtpDialog login(InetSocketAddress address) throws IOException {
    FtpDialog dialog = connect(address);
    dialog.expect(220);
    dialog.command("USER anonymous", 331);
    dialog.command("PASS test@example.org", 230);
    return dialog;
  }

  Socket socket() {
    return socket;
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
    socket.getOutputStream().flush();
  }

  /** Sends a line and expects a reply. */
  String command(String line, int code) throws IOException {
    send(line + "\r\n");
    return expect(code);
  }

  /** Reads one reply, of several lines perhaps. */
  String expect(int code) throws IOException {
    String reply = reply();
    assertThat(reply).startsWith(Integer.toString(code));
    return reply;
  }

  String reply() throws IOException {
    String line = line();
    StringBuilder reply = new StringBuilder(line);
    if (line.charAt(3) == '-') {
      String last = line.substring(0, 3) + " ";
      while (!line.startsWith(last)) {
        line = line();
        reply.append('\n').append(line);
      }
    }
    return reply.toString();
  }

  private String line() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int octet = in.read();
    while (octet != '\n') {
      if (octet < 0) {
        throw new EOFException("after: " + bytes.toString(UTF_8));
      }
      bytes.write(octet);
      octet = in.read();
    }
    String line = bytes.toString(UTF_8);
    assertThat(line).endsWith("\r");
    return line.substring(0, line.length() - 1);
  }

  void expectClosed() throws IOException {
    assertThat(in.read()).isEqualTo(-1);
  }

  /** Where EPSV says. */
  InetSocketAddress extendedPassive() throws IOException {
    Matcher matcher = EXTENDED.matcher(command("EPSV", 229));
    assertThat(matcher.find()).isTrue();
    return new InetSocketAddress(socket.getInetAddress(), Integer.parseInt(matcher.group(1)));
  }

  /** Where PASV says. */
  InetSocketAddress passive() throws IOException {
    Matcher matcher = PASSIVE.matcher(command("PASV", 227));
    assertThat(matcher.find()).isTrue();
    byte[] address = new byte[4];
    for (int i = 0; i < 4; i++) {
      address[i] = (byte) Integer.parseInt(matcher.group(i + 1));
    }
    int port = Integer.parseInt(matcher.group(5)) << 8 | Integer.parseInt(matcher.group(6));
    return new InetSocketAddress(InetAddress.getByAddress(address), port);
  }

  /** A data connection. */
  Socket data() throws IOException {
    return data(0);
  }

  /** A data connection with a small receive buffer, or 0 for the system's own. */
  Socket data(int receiveBuffer) throws IOException {
    Socket data = new Socket();
    if (receiveBuffer > 0) {
      data.setReceiveBufferSize(receiveBuffer);
    }
    data.setSoTimeout(PATIENCE_MILLIS);
    data.connect(extendedPassive());
    return data;
  }

  /** The whole of a transfer that works. */
  byte[] transfer(String command) throws IOException {
    try (Socket data = data()) {
      command(command, 150);
      byte[] bytes = data.getInputStream().readAllBytes();
      data.close();
      expect(226);
      return bytes;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
