package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.twinpath.server.path.DataPath;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code twinpath path}. */
@Command(
    name = "path",
    description = {
      "Show or flip the path that new connections of a running server take.",
      "Connections that are there already stay on theirs."
    })
final class PathCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "PATH",
      converter = ServeCommand.PathName.class,
      description = "sendfile or userstack; without it, the active one is shown.")
  private DataPath path;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      defaultValue = "9090",
      converter = ServeCommand.Port.class,
      description = "The server's admin port (default: ${DEFAULT-VALUE}).")
  private int admin;

  @Override
  public Integer call() throws CommandFailure {
    AdminClient client = new AdminClient(admin);
    JsonNode answer =
        path == null
            ? client.get("/api/path")
            : client.put("/api/path", "{\"path\":\"" + path.label() + "\"}");
    PrintWriter out = spec.commandLine().getOut();
    out.println(answer.path("active").asText());
    for (DataPath each : DataPath.values()) {
      JsonNode available = answer.path("available").path(each.label());
      if (available.isTextual()) {
        out.println("  " + each + " cannot be chosen: " + available.asText());
      }
    }
    return 0;
  }
}
