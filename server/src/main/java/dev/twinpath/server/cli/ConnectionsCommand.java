package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code twinpath ss}. */
@Command(
    name = "ss",
    description =
        "Show the TCP connections of a running server's user stack, like ss(8) shows the kernel's.")
final class ConnectionsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      defaultValue = "9090",
      converter = ServeCommand.Port.class,
      description = "The server's admin port (default: ${DEFAULT-VALUE}).")
  private int admin;

  @Option(names = "--json", description = "As the server gives it, for programs.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailure {
    JsonNode answer = new AdminClient(admin).get("/api/connections");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
      return 0;
    }
    JsonNode connections = answer.isArray() ? answer : answer.path("connections");
    if (connections.isEmpty()) {
      out.println("no connections");
      return 0;
    }
    print(out, table(connections));
    return 0;
  }

  /** One column for each name that occurs, in the order of their coming. */
  private static List<List<String>> table(JsonNode connections) {
    Set<String> columns = new LinkedHashSet<>();
    for (JsonNode connection : connections) {
      for (Iterator<String> names = connection.fieldNames(); names.hasNext(); ) {
        columns.add(names.next());
      }
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(new ArrayList<>(columns));
    for (JsonNode connection : connections) {
      List<String> row = new ArrayList<>();
      for (String column : columns) {
        row.add(connection.path(column).asText("-"));
      }
      rows.add(row);
    }
    return rows;
  }

  private static void print(PrintWriter out, List<List<String>> rows) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
