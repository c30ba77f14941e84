package dev.twinpath.userstack.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The stack as an external conformance driver sees it: sockets and raw IP packets over a UNIX
 * socket, on a clock that the driver moves. Serves one script after another, each on a fresh stack,
 * until it is killed.
 *
 * <pre>
 *   ConformanceAdapter SOCKET [--local A/N]... [--gateway A] [--mtu N] [--sysctl NAME=VALUE]...
 * </pre>
 */
public final class ConformanceAdapter {
  private ConformanceAdapter() {}

  /** Starts the adapter; prints "ready" once its socket listens. */
  @SuppressWarnings("SystemOut")
  public static void main(String[] args) throws IOException {
    if (args.length == 0 || args[0].startsWith("-")) {
      System.err.println("usage: conformance-adapter SOCKET" + AdapterOptions.USAGE);
      System.exit(2);
    }
    AdapterOptions options;
    try {
      List<String> rest = Arrays.asList(args).subList(1, args.length);
      options = AdapterOptions.parse(rest, System.err::println);
    } catch (IllegalArgumentException e) {
      System.err.println("conformance-adapter: " + e.getMessage());
      System.exit(2);
      return;
    }
    Path socket = Path.of(args[0]);
    try (AdapterServer server = new AdapterServer(socket, options)) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> socket.toFile().delete()));
      System.out.println("ready");
      server.run();
    }
  }
}
