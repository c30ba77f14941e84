package dev.twinpath.server.cli;

import dev.twinpath.server.doctor.Doctor;
import dev.twinpath.server.doctor.Finding;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code twinpath doctor}. */
@Command(
    name = "doctor",
    description = "What this machine can do for each path and wire, and why not.")
final class DoctorCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (String line : new VersionProvider().getVersion()) {
      out.println(line);
    }
    out.println(Runtime.getRuntime().availableProcessors() + " processors");
    section(out, "Path sendfile, the kernel's TCP:", Doctor.sendfile());
    section(out, "Path userstack, the stack of this program:", Doctor.userstack());
    return 0;
  }

  private static void section(PrintWriter out, String title, List<Finding> findings) {
    out.println();
    out.println(title);
    for (Finding finding : findings) {
      String answer = finding.usable() ? "yes" : "no ";
      out.printf("  %-20s %s  %s%n", finding.subject(), answer, finding.verdict());
      for (String detail : finding.details()) {
        out.printf("  %-20s      %s%n", "", detail);
      }
    }
  }
}
