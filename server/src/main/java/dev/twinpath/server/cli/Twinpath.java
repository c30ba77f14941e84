package dev.twinpath.server.cli;

import dev.twinpath.loadgen.BenchCommand;
import dev.twinpath.loadgen.CompareCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root command. */
@Command(
    name = "twinpath",
    description = {
      "A Web and FTP file server with two data paths: the kernel's zero-copy sendfile,",
      "and a user-level TCP/IP stack of its own over a simulated offload NIC."
    },
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = VersionProvider.class,
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    footer = {
      "",
      "Try:",
      "  twinpath serve /srv/files          then open http://127.0.0.1:8080/",
      "  twinpath path userstack            new connections take the user-level stack",
      "  twinpath capture | tcpdump -n -r - the user path's frames",
      "  twinpath trace --remote 10.0.0.7   what TCP does on one connection, as it happens",
      "  twinpath doctor                    what this machine can do",
      "",
      "Exit codes: 0 done, 1 it failed, 2 the command line is wrong."
    },
    subcommands = {
      ServeCommand.class,
      PathCommand.class,
      ConnectionsCommand.class,
      CountersCommand.class,
      TraceCommand.class,
      CaptureCommand.class,
      BenchCommand.class,
      CompareCommand.class,
      DoctorCommand.class
    })
public final class Twinpath implements Runnable {
  @Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  private boolean version;

  private Twinpath() {}

  /** Runs the command line, and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command line, for running it and for checking its help. */
  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Twinpath());
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler(Twinpath::usageError);
    line.setExecutionExceptionHandler(Twinpath::failure);
    return line;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  private static int usageError(ParameterException e, String[] args) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println("twinpath: " + e.getMessage());
    err.println("See: " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
    return ExitCode.USAGE;
  }

  private static int failure(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    if (e instanceof CommandFailure) {
      line.getErr().println("twinpath: " + e.getMessage());
    } else {
      line.getErr().println("twinpath: unexpected failure, please report it:");
      e.printStackTrace(line.getErr());
    }
    return ExitCode.SOFTWARE;
  }
}
