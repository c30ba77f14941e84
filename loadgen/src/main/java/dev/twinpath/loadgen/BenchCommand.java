package dev.twinpath.loadgen;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.loadgen.engine.ClientTransport;
import dev.twinpath.loadgen.engine.Expectation;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadRun;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.TargetSpec;
import dev.twinpath.loadgen.report.BenchJson;
import dev.twinpath.loadgen.report.BenchText;
import dev.twinpath.loadgen.report.ProgressLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinpath bench URL...}: loads one server and reports. */
@Command(
    name = "bench",
    sortOptions = false,
    subcommands = AgentCommand.class,
    description = {
      "Load an HTTP server and report throughput and latency.",
      "",
      "Without --rate each connection sends its next request when the last is answered (closed"
          + " loop). With --rate requests are due by the clock, whatever the answers do, and latency"
          + " counts from when a request was due: a server that stalls cannot hide it.",
      ""
    },
    footer = {
      "",
      "Exit codes: 0 all requests succeeded and the generator kept up; 1 errors, or the generator"
          + " itself was the limit (INVALID); 2 wrong usage.",
      "Ctrl-C ends the run early with a report of what was measured.",
      "",
      "Example: twinpath bench --rate 20000 --duration 30s http://127.0.0.1:8080/index.html"
    })
public final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "URL",
      description = "What to ask for, in turn (http:// only).")
  private List<URI> urls = List.of();

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      defaultValue = "64",
      description = "Connections over all threads (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      defaultValue = "1",
      description = "Generator threads (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.class,
      description = "Measured time, for example 30s or 2m (default: ${DEFAULT-VALUE}).")
  private Duration duration;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = Durations.class,
      description = "Time before it that is not measured (default: ${DEFAULT-VALUE}).")
  private Duration warmUp;

  @Option(
      names = {"-r", "--rate"},
      paramLabel = "R",
      description = "Constant rate in requests per second over all threads; fractions are right.")
  private Double rate;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      defaultValue = "1",
      description = "Requests in flight on one connection (default: ${DEFAULT-VALUE}).")
  private int pipeline;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.class,
      description =
          "Longest silence on a connection that waits for a response (default: ${DEFAULT-VALUE}).")
  private Duration timeout;

  @Option(
      names = "--drain",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = Durations.class,
      description =
          "How long to wait at the end for what is in flight (default: ${DEFAULT-VALUE}).")
  private Duration drain;

  @Option(
      names = {"-X", "--method"},
      paramLabel = "M",
      defaultValue = "GET",
      description = "Request method, without a body (default: ${DEFAULT-VALUE}).")
  private String method;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "LINE",
      description = "A header line 'Name: value'; repeatable.")
  private List<String> headers = List.of();

  @Option(names = "--no-keep-alive", description = "A new connection for every request.")
  private boolean noKeepAlive;

  @Option(
      names = "--expect-status",
      paramLabel = "CODE",
      split = ",",
      description = "Statuses that count as success (default: 200 to 299).")
  private List<Integer> expectStatus = List.of();

  @Option(
      names = "--expect-bytes",
      paramLabel = "N",
      defaultValue = "-1",
      description = "The length that every body must have.")
  private long expectBytes;

  @Option(
      names = "--verify",
      paramLabel = "SHA256",
      description = "The checksum that every body must have.")
  private String verify;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description = "Checksums by path, as sha256sum writes them; every URL must be listed.")
  private Path manifest;

  @Option(
      names = "--verify-every",
      paramLabel = "N",
      defaultValue = "1",
      description = "Check the checksum of every N-th body only (default: ${DEFAULT-VALUE}).")
  private int verifyEvery;

  @Option(
      names = "--transport",
      paramLabel = "T",
      defaultValue = "auto",
      description = "auto, epoll or nio (default: ${DEFAULT-VALUE}).")
  private String transport;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the report as JSON to FILE; - is standard output, without the text.")
  private String json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (urls.isEmpty()) {
      throw new ParameterException(command.commandLine(), "Missing required parameter: URL");
    }
    LoadRun run;
    LoadSpec spec;
    try {
      spec = spec();
      run = LoadRun.start(spec);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    } catch (UnknownHostException e) {
      throw new ParameterException(
          command.commandLine(), "no address for the host " + e.getMessage(), e);
    }
    LoadResult result;
    try (EarlyEnd end = EarlyEnd.begin()) {
      end.stopBy(run::stop);
      try (ProgressLine line = ProgressLine.start(spec, run, "")) {
        result = run.await();
      }
      report(result);
    }
    return result.total().failed() == 0 && result.verdict().valid() ? 0 : 1;
  }

  private void report(LoadResult result) throws IOException {
    PrintWriter out = command.commandLine().getOut();
    if (!"-".equals(json)) {
      out.print(BenchText.write(result));
    }
    if (json != null) {
      String text =
          new ObjectMapper()
                  .writerWithDefaultPrettyPrinter()
                  .writeValueAsString(BenchJson.write(result))
              + "\n";
      if (json.equals("-")) {
        out.print(text);
      } else {
        Files.writeString(Path.of(json), text);
      }
    }
    out.flush();
  }

  private LoadSpec spec() throws IOException {
    if (rate != null && !(rate > 0)) {
      throw new IllegalArgumentException("the rate must be above 0");
    }
    if (verify != null && !verify.matches("[0-9a-fA-F]{64}")) {
      throw new IllegalArgumentException("--verify takes a SHA-256 in 64 hexadecimal digits");
    }
    return LoadSpec.builder(targets())
        .connections(connections)
        .threads(threads)
        .duration(duration)
        .warmUp(warmUp)
        .rate(rate == null ? 0 : rate)
        .pipeline(pipeline)
        .timeout(timeout)
        .drain(drain)
        .keepAlive(!noKeepAlive)
        .expectedStatus(expectStatus)
        .verifyEvery(verifyEvery)
        .transport(transportNamed(transport))
        .build();
  }

  private static ClientTransport transportNamed(String name) {
    try {
      return ClientTransport.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the transport must be auto, epoll or nio: " + name, e);
    }
  }

  private List<TargetSpec> targets() throws IOException {
    Manifest checksums = manifest == null ? null : Manifest.read(manifest);
    List<TargetSpec> targets = new ArrayList<>();
    for (URI url : urls) {
      String sha256 = verify == null ? "" : verify;
      if (checksums != null) {
        sha256 = checksums.sha256(url);
        if (sha256.isEmpty()) {
          throw new IllegalArgumentException("not in the manifest: " + url);
        }
      }
      targets.add(new TargetSpec(url, method, headers, new Expectation(expectBytes, sha256)));
    }
    return targets;
  }
}
