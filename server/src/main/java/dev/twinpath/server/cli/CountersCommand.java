package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinpath nstat}. */
@Command(
    name = "nstat",
    description = {
      "Show what a running server's user stack has counted, each cause by its name, like nstat(8)"
          + " shows the kernel's.",
      "Where the kernel counts the same thing, its name stands beside ours."
    })
final class CountersCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-z", "--zeros"},
      description = "Show counters that are 0, too.")
  private boolean zeros;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      defaultValue = "0",
      description = "Show how much was added within so many seconds instead of the totals.")
  private int interval;

  @Option(names = "--json", description = "As the server gives it, for programs.")
  private boolean json;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      defaultValue = "9090",
      converter = ServeCommand.Port.class,
      description = "The server's admin port (default: ${DEFAULT-VALUE}).")
  private int admin;

  @Override
  public Integer call() throws CommandFailure {
    if (interval < 0 || interval > 3600) {
      throw new ParameterException(spec.commandLine(), "--interval is from 0 to 3600 seconds");
    }
    AdminClient client = new AdminClient(admin);
    PrintWriter out = spec.commandLine().getOut();
    JsonNode answer = client.get("/api/counters");
    if (json && interval == 0) {
      out.println(answer.toPrettyString());
      return 0;
    }
    Map<String, Long> before = interval == 0 ? Map.of() : values(answer);
    if (interval > 0) {
      pause();
      answer = client.get("/api/counters");
    }
    for (JsonNode counter : answer.path("counters")) {
      String name = counter.path("name").asText();
      long value = counter.path("value").asLong() - before.getOrDefault(name, 0L);
      if (value != 0 || zeros) {
        String line =
            String.format("%-32s %-16d %s", name, value, counter.path("kernelName").asText(""));
        out.println(line.stripTrailing());
      }
    }
    return 0;
  }

  private static Map<String, Long> values(JsonNode answer) {
    Map<String, Long> values = new LinkedHashMap<>();
    for (JsonNode counter : answer.path("counters")) {
      values.put(counter.path("name").asText(), counter.path("value").asLong());
    }
    return values;
  }

  private void pause() throws CommandFailure {
    try {
      Thread.sleep(interval * 1000L);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }
}
