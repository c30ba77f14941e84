package dev.twinpath.loadgen;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.loadgen.compare.CompareJson;
import dev.twinpath.loadgen.compare.CompareTable;
import dev.twinpath.loadgen.compare.Comparison;
import dev.twinpath.loadgen.compare.Content;
import dev.twinpath.loadgen.compare.CpuSet;
import dev.twinpath.loadgen.compare.CpuShare;
import dev.twinpath.loadgen.compare.PathComparison;
import dev.twinpath.loadgen.compare.Plan;
import dev.twinpath.loadgen.compare.PrivateNetwork;
import dev.twinpath.loadgen.compare.Scenario;
import dev.twinpath.loadgen.compare.Side;
import dev.twinpath.loadgen.compare.Sizes;
import dev.twinpath.loadgen.compare.SubProcess;
import dev.twinpath.loadgen.compare.UrlComparison;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinpath compare DIR}: both paths of the server under the same load, with a verdict. */
@Command(
    name = "compare",
    sortOptions = false,
    description = {
      "Load both paths of the server alike, interleaved, and print one table.",
      "",
      "Starts a server on DIR in a network namespace of its own and the generator in another, whose"
          + " unmodified kernel is the client of both paths: the kernel path over a veth pair, the"
          + " user path over a TAP device. Needs root, or unprivileged user namespaces and a"
          + " /dev/net/tun that may be opened. All of it is gone at the end.",
      "",
      "Or compares two servers that run already: --url-a and --url-b.",
      ""
    },
    footer = {
      "",
      "Trials are in blocks of four, ABBA or BAAB by the seed. A ratio is the median over the blocks"
          + " with a 95%% bootstrap interval; latencies are merged histograms. A figure marked (!)"
          + " cannot be believed, and the notes say why.",
      "Exit codes: 0 everything is VALID; 1 something is INVALID, or it could not be done; 2 wrong"
          + " usage. Ctrl-C ends early with a table of the complete blocks."
    })
public final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "What is served; of its files those nearest to --sizes are asked for.")
  private Path directory;

  @Option(
      names = "--synthetic",
      description = "Make files of exactly --sizes in a temporary directory instead.")
  private boolean synthetic;

  @Option(
      names = "--sizes",
      paramLabel = "SIZE",
      split = ",",
      defaultValue = "1KiB,64KiB,1MiB,256MiB",
      converter = Sizes.class,
      description = "File sizes, a scenario each (default: ${DEFAULT-VALUE}).")
  private List<Long> sizes;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      defaultValue = "5s",
      converter = Durations.class,
      description = "Measured time of each trial (default: ${DEFAULT-VALUE}).")
  private Duration duration;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = Durations.class,
      description = "Time before it in each trial (default: ${DEFAULT-VALUE}).")
  private Duration warmUp;

  @Option(
      names = {"-b", "--blocks"},
      paramLabel = "N",
      defaultValue = "4",
      description = "Blocks of four trials for each scenario (default: ${DEFAULT-VALUE}).")
  private int blocks;

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      defaultValue = "64",
      description = "Connections; from 16 MiB on at most 8 are used (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = {"-r", "--rate"},
      paramLabel = "R",
      defaultValue = "0",
      description = "Constant rate in requests/s on each side, instead of the closed loop.")
  private double rate;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      defaultValue = "0",
      description = "Generator threads (default: one for each of its CPUs).")
  private int threads;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      defaultValue = "0",
      description = "Event loops of each path of the server (default: one for each of its CPUs).")
  private int eventLoops;

  @Option(names = "--no-pin", description = "Do not give server and generator CPUs of their own.")
  private boolean noPin;

  @Option(
      names = "--congestion-control",
      paramLabel = "NAME",
      defaultValue = "cubic",
      description =
          "Of both paths: cubic, reno or bbr; host leaves the machine's own to the kernel path"
              + " (default: ${DEFAULT-VALUE}).")
  private String congestionControl;

  @Option(
      names = "--serve-option",
      paramLabel = "OPTION",
      description = "A further option of serve, for example --transport=epoll; repeatable.")
  private List<String> serveOptions = List.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the order of trials (default: a new one, which the report tells).")
  private Long seed;

  @Option(names = "--url-a", paramLabel = "URL", description = "First server that runs already.")
  private URI urlA;

  @Option(names = "--url-b", paramLabel = "URL", description = "Second server that runs already.")
  private URI urlB;

  @Option(
      names = "--pid-a",
      paramLabel = "PID",
      defaultValue = "-1",
      description = "Process of the first, where it is on this machine: its CPU is shown.")
  private long pidA;

  @Option(
      names = "--pid-b",
      paramLabel = "PID",
      defaultValue = "-1",
      description = "Process of the second.")
  private long pidB;

  @Option(
      names = "--label-a",
      paramLabel = "NAME",
      defaultValue = "a",
      description = "Name of the first in the report.")
  private String labelA;

  @Option(
      names = "--label-b",
      paramLabel = "NAME",
      defaultValue = "b",
      description = "Name of the second.")
  private String labelB;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write everything, with every trial, as JSON; - is standard output, alone.")
  private String json;

  @Option(
      names = "--markdown",
      paramLabel = "FILE",
      description = "Write the table as Markdown; - is standard output, alone.")
  private String markdown;

  @Option(names = "--in-namespace", hidden = true)
  private boolean inNamespace;

  @Override
  public Integer call() throws InterruptedException {
    boolean explicit = urlA != null || urlB != null;
    if (explicit && (urlA == null || urlB == null)) {
      throw new ParameterException(command.commandLine(), "--url-a and --url-b need each other");
    }
    if (!explicit && directory == null && !synthetic) {
      throw new ParameterException(
          command.commandLine(), "DIR is needed, or --synthetic, or --url-a and --url-b");
    }
    if (seed == null) {
      seed = new SplittableRandom().nextLong(1, 1_000_000);
    }
    try {
      if (explicit) {
        return compareUrls();
      }
      return inNamespace ? comparePaths() : enterNamespace();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    } catch (IOException | IllegalStateException e) {
      complain(e.getMessage());
      return 1;
    }
  }

  private void complain(String message) {
    PrintWriter err = command.commandLine().getErr();
    err.println("twinpath compare: " + message);
    err.flush();
  }

  /** Starts this command again in a network namespace of its own. */
  private int enterNamespace() throws IOException, InterruptedException {
    List<String> obstacles = PrivateNetwork.obstacles();
    if (!obstacles.isEmpty()) {
      complain(
          "a fair comparison needs a private network, and this machine does not allow one:\n  - "
              + String.join("\n  - ", obstacles)
              + "\nTo compare servers that run already, give --url-a and --url-b.");
      return 1;
    }
    List<String> arguments = new ArrayList<>(List.of("compare", "--in-namespace"));
    arguments.addAll(ownArguments());
    if (!command.commandLine().getParseResult().hasMatchedOption("--seed")) {
      arguments.addAll(List.of("--seed", String.valueOf(seed)));
    }
    try (EarlyEnd end = EarlyEnd.begin();
        SubProcess inner = SubProcess.inNewNetwork(arguments)) {
      end.stopBy(inner::end);
      return inner.await();
    }
  }

  /** The command line after the word "compare". */
  private List<String> ownArguments() {
    List<String> all = command.commandLine().getParseResult().originalArgs();
    return command.parent() == null
        ? all
        : all.subList(all.indexOf(command.name()) + 1, all.size());
  }

  private int comparePaths() throws IOException, InterruptedException {
    try (EarlyEnd end = EarlyEnd.begin();
        Content content =
            synthetic
                ? Content.synthetic(sizes, connections)
                : Content.of(directory, sizes, connections)) {
      CpuShare share = CpuShare.of(CpuSet.allowed(), !noPin, eventLoops, threads);
      Plan plan = plan(content.scenarios(), share.threads());
      Progress progress = new Progress();
      try (PathComparison comparison =
          PathComparison.prepare(
              content.directory(), plan, share, congestionControl, serveOptions, progress::say)) {
        end.stopBy(comparison::stop);
        return report(comparison.run(), progress);
      }
    }
  }

  private int compareUrls() throws IOException, InterruptedException {
    List<Scenario> scenarios =
        directory == null
            ? List.of(new Scenario("url", "", -1, "", connections))
            : Content.of(directory, sizes, connections).scenarios();
    Plan plan = plan(scenarios, Math.max(1, threads));
    Progress progress = new Progress();
    try (EarlyEnd end = EarlyEnd.begin();
        UrlComparison comparison =
            new UrlComparison(
                plan, new Side(labelA, urlA), new Side(labelB, urlB), pidA, pidB, progress::say)) {
      end.stopBy(comparison::stop);
      return report(comparison.run(), progress);
    }
  }

  private Plan plan(List<Scenario> scenarios, int generatorThreads) {
    Plan plan = new Plan(scenarios, blocks, duration, warmUp, rate, generatorThreads, seed);
    PrintWriter err = command.commandLine().getErr();
    err.printf(
        Locale.ROOT,
        "%d scenario(s), %d trials, about %d min%n",
        scenarios.size(),
        4 * blocks * scenarios.size(),
        Math.max(1, plan.estimate().plusSeconds(45).toMinutes()));
    err.flush();
    return plan;
  }

  private int report(Comparison comparison, Progress progress) throws IOException {
    progress.end();
    boolean alone = "-".equals(json) || "-".equals(markdown);
    PrintWriter out = command.commandLine().getOut();
    if (!alone) {
      out.print(CompareTable.text(comparison));
    }
    if (json != null) {
      write(
          json,
          new ObjectMapper()
                  .writerWithDefaultPrettyPrinter()
                  .writeValueAsString(CompareJson.write(comparison))
              + "\n");
    }
    if (markdown != null) {
      write(markdown, CompareTable.markdown(comparison));
    }
    out.flush();
    return comparison.valid() ? 0 : 1;
  }

  private void write(String file, String text) throws IOException {
    if (file.equals("-")) {
      command.commandLine().getOut().print(text);
    } else {
      Files.writeString(Path.of(file), text);
    }
  }
}
