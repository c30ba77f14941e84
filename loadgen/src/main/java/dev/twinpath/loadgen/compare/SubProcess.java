package dev.twinpath.loadgen.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** This program again, in a new network namespace, with our standard streams. */
public final class SubProcess implements AutoCloseable {
  private static final int END_SECONDS = 25;

  private final Process process;

  private SubProcess(Process process) {
    this.process = process;
  }

  /** Starts the load generator's command line in a new network namespace. */
  public static SubProcess inNewNetwork(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(PrivateNetwork.unshare());
    if (ExternalCommand.exists("setpriv")) {
      // After unshare: a new user namespace would clear the signal.
      command.addAll(List.of("setpriv", "--pdeathsig", "TERM"));
    }
    command.addAll(JavaCommand.loadgen(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    ExternalCommand.withAdministratorsPath(builder);
    return new SubProcess(builder.start());
  }

  /** Waits for its end and returns its exit code. */
  public int await() throws InterruptedException {
    return process.waitFor();
  }

  /** Tells it to end and waits, not for ever. */
  public void end() {
    process.destroy();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      end();
    }
  }
}
