package dev.twinpath.loadgen.compare;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command lines by which this program starts itself again. */
final class JavaCommand {
  private static final String SERVER_MAIN = "dev.twinpath.server.cli.Twinpath";
  private static final String LOADGEN_MAIN = "dev.twinpath.loadgen.Loadgen";

  private static final String LAUNCHER_PROPERTY = "twinpath.launcher";

  private JavaCommand() {}

  /** Returns the load generator's own command line, with these arguments. */
  static List<String> loadgen(List<String> arguments) {
    return java(LOADGEN_MAIN, arguments);
  }

  /**
   * Returns the server's command line.
   *
   * @throws IllegalStateException when there is no server beside this load generator
   */
  static List<String> server(List<String> arguments) {
    String launcher = System.getenv("TWINPATH_LAUNCHER");
    if (launcher == null && !onClassPath(SERVER_MAIN)) {
      launcher = System.getProperty(LAUNCHER_PROPERTY);
    }
    if (launcher != null) {
      List<String> command = new ArrayList<>(List.of(launcher));
      command.addAll(arguments);
      return command;
    }
    if (!onClassPath(SERVER_MAIN)) {
      throw new IllegalStateException(
          "the twinpath server is not on the class path; set TWINPATH_LAUNCHER to its script");
    }
    return java(SERVER_MAIN, arguments);
  }

  private static boolean onClassPath(String name) {
    return JavaCommand.class.getResource("/" + name.replace('.', '/') + ".class") != null;
  }

  private static List<String> java(String main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // A debugger or an agent of this process is not meant for the other one.
      if (!option.startsWith("-agentlib") && !option.startsWith("-javaagent")) {
        command.add(option);
      }
    }
    if (System.getProperty(LAUNCHER_PROPERTY) != null) {
      command.add("-D" + LAUNCHER_PROPERTY + "=" + System.getProperty(LAUNCHER_PROPERTY));
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(arguments);
    return command;
  }
}
