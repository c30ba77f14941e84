package dev.twinpath.loadgen.compare;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The few commands of the system that a comparison needs, from iproute2 and util-linux. */
final class ExternalCommand {
  private static final int TIMEOUT_SECONDS = 10;

  private ExternalCommand() {}

  /** Returns whether a command is on the PATH or in the administrator's folders. */
  static boolean exists(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    for (String folder : path.split(File.pathSeparator)) {
      if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, name))) {
        return true;
      }
    }
    return false;
  }

  /** Runs a command to its end, which must come in ten seconds and be a success. */
  static String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    withAdministratorsPath(builder);
    Process process = builder.start();
    process.getOutputStream().close();
    // Their output is a few lines at most, so that it fits the pipe while nobody reads.
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(String.join(" ", command) + ": no end after 10 s");
    }
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    if (process.exitValue() != 0) {
      throw new IOException(
          String.join(" ", command) + ": exit code " + process.exitValue() + ": " + output);
    }
    return output;
  }

  /** Many users have no sbin folders on their PATH, where Debian keeps ip. */
  static void withAdministratorsPath(ProcessBuilder builder) {
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, sbin) -> path + ":" + sbin);
  }

  /** Returns those of the commands that are missing. */
  static List<String> missing(String... names) {
    return List.of(names).stream().filter(name -> !exists(name)).toList();
  }
}
