package dev.twinpath.loadgen.compare;

import java.util.ArrayList;
import java.util.List;

/**
 * The wrapping of a child of a comparison: a session of its own, so that Ctrl-C reaches only us and
 * we end it in order; the CPUs it may use; and its death with ours, even by SIGKILL. Each wrapper
 * executes the next in the same process, so that the process number is the child's own.
 */
final class ChildProcess {
  private ChildProcess() {}

  /**
   * Wraps a command.
   *
   * @param cpus where it may run; empty: anywhere
   */
  static List<String> wrap(List<Integer> cpus, List<String> command) {
    List<String> wrapped = new ArrayList<>();
    if (ExternalCommand.exists("setsid")) {
      wrapped.add("setsid");
    }
    if (ExternalCommand.exists("setpriv")) {
      wrapped.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
    }
    if (!cpus.isEmpty() && ExternalCommand.exists("taskset")) {
      wrapped.addAll(List.of("taskset", "--cpu-list", CpuSet.format(cpus)));
    }
    wrapped.addAll(command);
    return wrapped;
  }
}
