package dev.twinpath.nic.bench;

import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the benchmarks of this package and prints their figures as one table; then {@link
 * MemoryWireBenchmark}. {@code docs/benchmarks/nic.sh} runs it.
 */
public final class NicBenchmarks {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private NicBenchmarks() {}

  /** Arguments are regular expressions of benchmarks' names; none = all, and the memory wire. */
  public static void main(String[] arguments) throws Exception {
    print(run(arguments));
    if (arguments.length == 0) {
      System.out.println();
      MemoryWireBenchmark.main(arguments);
    }
  }

  private static Collection<RunResult> run(String[] names) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .forks(1)
            .warmupIterations(3)
            .warmupTime(TimeValue.milliseconds(700))
            .measurementIterations(5)
            .measurementTime(TimeValue.milliseconds(500))
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .jvmArgs(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx1g");
    if (names.length == 0) {
      options.include("dev\\.twinpath\\.nic\\.bench\\..*");
    }
    for (String name : names) {
      options.include(name);
    }
    return new Runner(options.build()).run();
  }

  private static void print(Collection<RunResult> results) {
    System.out.println("| benchmark | parameters | ns | +- (99.9%) | B allocated |");
    System.out.println("|---|---|---:|---:|---:|");
    for (RunResult result : results) {
      Result<?> time = result.getPrimaryResult();
      StringBuilder parameters = new StringBuilder();
      for (String key : result.getParams().getParamsKeys()) {
        parameters.append(parameters.isEmpty() ? "" : ", ");
        parameters.append(key).append(' ').append(result.getParams().getParam(key));
      }
      Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %.1f | %.1f | %s |%n",
          time.getLabel(),
          parameters,
          time.getScore(),
          time.getScoreError(),
          allocated == null
              ? "?"
              : String.format(Locale.ROOT, "%.1f", Math.floor(allocated.getScore() * 10) / 10));
    }
  }
}
