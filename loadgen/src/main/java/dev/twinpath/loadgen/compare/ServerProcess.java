package dev.twinpath.loadgen.compare;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The server under test, started and stopped by the comparison. */
final class ServerProcess implements AutoCloseable {
  private static final int READY_SECONDS = 60;
  private static final int STOP_SECONDS = 15;
  private static final int LOG_LINES = 20;

  private final Process process;
  private final AdminPort admin;
  private final Path log;

  private ServerProcess(Process process, AdminPort admin, Path log) {
    this.process = process;
    this.admin = admin;
    this.log = log;
  }

  /**
   * Starts a server and waits until it is ready.
   *
   * @param directory what it serves
   * @param adminPort its admin port on 127.0.0.1
   * @param cpus where it may run; empty: anywhere
   * @param options further options of {@code serve}
   * @throws IOException when it ends, or is not ready within a minute; with the end of its log
   */
  static ServerProcess start(
      Path directory, int adminPort, List<Integer> cpus, List<String> options)
      throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("serve", directory.toString()));
    arguments.addAll(List.of("--admin", String.valueOf(adminPort)));
    arguments.addAll(options);
    Path log = Files.createTempFile("twinpath-server-", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(ChildProcess.wrap(cpus, JavaCommand.server(arguments)))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("TWINPATH_BUILD", "never");
    ServerProcess server =
        new ServerProcess(
            builder.start(), new AdminPort(URI.create("http://127.0.0.1:" + adminPort)), log);
    try {
      server.awaitReady();
    } catch (IOException | InterruptedException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (!admin.ready()) {
      if (!process.isAlive()) {
        throw new IOException("the server ended with code " + process.exitValue() + ":\n" + tail());
      }
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("the server was not ready in " + READY_SECONDS + " s:\n" + tail());
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  private String tail() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
  }

  long pid() {
    return process.pid();
  }

  AdminPort admin() {
    return admin;
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    descendants.forEach(ProcessHandle::destroyForcibly);
    Files.deleteIfExists(log);
  }
}
