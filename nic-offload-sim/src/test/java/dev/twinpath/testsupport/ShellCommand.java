package dev.twinpath.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command of the machine, run to its end or in the background, with all it wrote. */
public final class ShellCommand implements AutoCloseable {
  private static final long LIMIT_SECONDS = 60;

  /** How a command ended: its exit code, and its output and errors together. */
  public record Result(String command, int exitCode, String output) {
    /** Returns the output, or throws when the command failed. */
    public String check() {
      if (exitCode != 0) {
        throw new IllegalStateException(
            "\"" + command + "\" ended with " + exitCode + ": " + output.strip());
      }
      return output;
    }
  }

  private final List<String> words;
  private final Process process;
  private final Path output;

  private ShellCommand(List<String> words) {
    this.words = words;
    try {
      output = Files.createTempFile("twinpath-command", ".out");
      process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + words, e);
    }
  }

  /** Runs a command and waits for its end, a minute at most. */
  public static Result run(String... command) {
    try (ShellCommand started = start(command)) {
      return started.await(LIMIT_SECONDS);
    }
  }

  /** Starts a command. */
  public static ShellCommand start(String... command) {
    return new ShellCommand(List.of(command));
  }

  /** Waits for the command's end; after the limit it is killed and the exit code is 124. */
  public Result await(long seconds) {
    try {
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      return new Result(String.join(" ", words), ended ? process.exitValue() : 124, outputSoFar());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What the command wrote up to now. */
  public String outputSoFar() {
    try {
      return Files.exists(output) ? Files.readString(output, StandardCharsets.ISO_8859_1) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** Sends SIGINT to the command and everything that it started, as the terminal would. */
  public void interrupt() {
    process.descendants().forEach(ShellCommand::interrupt);
    interrupt(process.toHandle());
  }

  private static void interrupt(ProcessHandle handle) {
    run("kill", "-INT", Long.toString(handle.pid()));
  }

  /** Ends the command and what it started. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      Files.deleteIfExists(output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
