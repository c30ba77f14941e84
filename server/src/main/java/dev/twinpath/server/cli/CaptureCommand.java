package dev.twinpath.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.nic.capture.CaptureFilter;
import dev.twinpath.nic.capture.CaptureFilterException;
import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinpath capture}. */
@Command(
    name = "capture",
    description = {
      "Capture the frames of a running server's user path as pcapng, for Wireshark and tcpdump.",
      "The filter is the everyday part of pcap-filter(7), for example 'tcp port 8080 and not host"
          + " 10.0.0.7'.",
      "Ctrl-C ends it; the file is complete then."
    })
final class CaptureCommand implements Callable<Integer> {
  private static final String STANDARD_OUTPUT = "-";
  private static final int END_SECONDS = 10;

  @Spec private CommandSpec spec;

  @Option(
      names = "-w",
      paramLabel = "FILE",
      description = "Where it is written; '-' is the standard output, the default if it is a pipe.")
  private String file;

  @Option(
      names = "-s",
      paramLabel = "BYTES",
      defaultValue = "0",
      description = "Keep so much of each frame (default: all of it).")
  private int snapLength;

  @Option(
      names = "-c",
      paramLabel = "COUNT",
      defaultValue = "0",
      description = "End after so many frames.")
  private long count;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after so long.")
  private long seconds;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      defaultValue = "9090",
      converter = ServeCommand.Port.class,
      description = "The server's admin port (default: ${DEFAULT-VALUE}).")
  private int admin;

  @Parameters(arity = "0..*", paramLabel = "FILTER", description = "Which frames (default: all).")
  private List<String> filter = List.of();

  /** Whether the capture came to its end, and the summary was printed. */
  private volatile boolean complete;

  @Override
  public Integer call() throws CommandFailure {
    check();
    try (Socket socket = connect()) {
      request(socket);
      InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      ChunkedBody body = accepted(in);
      CountDownLatch done = new CountDownLatch(1);
      Thread interrupted = new Thread(() -> end(socket, done), "capture-end");
      Runtime.getRuntime().addShutdownHook(interrupted);
      try (OutputStream out = open()) {
        return copy(body, out) ? 0 : 1;
      } finally {
        done.countDown();
        remove(interrupted);
      }
    } catch (IOException e) {
      throw new CommandFailure("the capture broke off: " + e.getMessage(), e);
    }
  }

  private void check() {
    if (snapLength < 0 || count < 0 || seconds < 0) {
      throw new ParameterException(spec.commandLine(), "-s, -c and --seconds must not be negative");
    }
    try {
      CaptureFilter.parse(text());
    } catch (CaptureFilterException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    if (file == null && isTerminal()) {
      throw new ParameterException(
          spec.commandLine(),
          "a capture is nothing to look at in a terminal: give -w FILE, or pipe it into"
              + " 'tcpdump -n -r -'");
    }
  }

  private String text() {
    return String.join(" ", filter);
  }

  /** What isatty(3) would say of the standard output. */
  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  private Socket connect() throws CommandFailure {
    try {
      return new Socket(InetAddress.getLoopbackAddress(), admin);
    } catch (ConnectException e) {
      throw new CommandFailure(
          "no server answers on the admin port 127.0.0.1:"
              + admin
              + "; is 'twinpath serve' running, and is --admin right?",
          e);
    } catch (IOException e) {
      throw new CommandFailure("the admin port 127.0.0.1:" + admin + " failed: " + e, e);
    }
  }

  private void request(Socket socket) throws IOException {
    StringBuilder query = new StringBuilder("/capture?filter=");
    query.append(URLEncoder.encode(text(), StandardCharsets.UTF_8));
    query.append("&snaplen=").append(snapLength);
    query.append(count > 0 ? "&packets=" + count : "");
    query.append(seconds > 0 ? "&seconds=" + seconds : "");
    String head = "GET " + query + " HTTP/1.1\r\nHost: 127.0.0.1:" + admin + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
  }

  /** The body, when the server captures; otherwise its reason is the failure. */
  private ChunkedBody accepted(InputStream in) throws IOException, CommandFailure {
    String status = ChunkedBody.line(in);
    Map<String, String> headers = ChunkedBody.fields(in);
    if (status.startsWith("HTTP/1.1 200 ")
        && headers.getOrDefault("transfer-encoding", "").equals("chunked")) {
      return new ChunkedBody(in);
    }
    String length = headers.getOrDefault("content-length", "0");
    byte[] answer = in.readNBytes(length.matches("\\d{1,6}") ? Integer.parseInt(length) : 0);
    String reason = "127.0.0.1:" + admin + " is not the admin port of twinpath";
    try {
      reason = new ObjectMapper().readTree(answer).path("error").asText(reason);
    } catch (JsonProcessingException e) {
      // Not ours: the reason stays what it is.
    }
    throw new CommandFailure(reason);
  }

  private OutputStream open() throws CommandFailure {
    if (file == null || file.equals(STANDARD_OUTPUT)) {
      return new FileOutputStream(FileDescriptor.out);
    }
    try {
      return Files.newOutputStream(Path.of(file));
    } catch (IOException e) {
      throw new CommandFailure("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Returns false when the output failed; one that reads no more is no failure. */
  private boolean copy(ChunkedBody body, OutputStream out) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    byte[] buffer = new byte[1 << 16];
    for (int length = body.read(buffer); length >= 0; length = body.read(buffer)) {
      try {
        out.write(buffer, 0, length);
      } catch (IOException e) {
        boolean reader = file == null || file.equals(STANDARD_OUTPUT);
        err.println(
            reader
                ? "twinpath: whoever read the capture reads no more"
                : "twinpath: cannot write " + file + ": " + e.getMessage());
        err.flush();
        return reader;
      }
    }
    err.println(
        body.trailer("X-Twinpath-Captured")
            + " packets captured, "
            + body.trailer("X-Twinpath-Dropped")
            + " dropped");
    err.flush();
    complete = true;
    return true;
  }

  /** By Ctrl-C: closes our direction only, upon which the server completes the capture. */
  private void end(Socket socket, CountDownLatch done) {
    try {
      socket.shutdownOutput();
      if (done.await(END_SECONDS, TimeUnit.SECONDS) && complete) {
        // An end that was asked for is a success.
        Runtime.getRuntime().halt(0);
      }
    } catch (IOException e) {
      // The server is gone: call() says so.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs.
    }
  }
}
