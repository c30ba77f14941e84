package dev.twinpath.loadgen;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The load generator without the server: the command line by which {@code compare} starts itself
 * and its generator again in other network namespaces.
 */
@Command(
    name = "twinpath",
    subcommands = {BenchCommand.class, CompareCommand.class})
public final class Loadgen {
  private Loadgen() {}

  /** Runs the command line, and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Loadgen()).execute(arguments));
  }
}
