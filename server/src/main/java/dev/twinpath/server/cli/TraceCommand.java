package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code twinpath trace}. */
@Command(
    name = "trace",
    description = {
      "Follow one TCP connection of a running server's user stack: its segments, and what the stack"
          + " made of them.",
      "It is the first that matches, of those that are or else of those that come. Ends with the"
          + " connection, after --seconds, or by Ctrl-C."
    })
final class TraceCommand implements Callable<Integer> {
  private static final long INTERVAL_MILLIS = 200;

  @Spec private CommandSpec spec;

  @Option(names = "--remote", paramLabel = "ADDRESS", description = "The peer's address.")
  private String remote;

  @Option(
      names = "--remote-port",
      paramLabel = "PORT",
      converter = ServeCommand.Port.class,
      description = "The peer's port.")
  private Integer remotePort;

  @Option(
      names = "--local-port",
      paramLabel = "PORT",
      converter = ServeCommand.Port.class,
      description = "The server's port.")
  private Integer localPort;

  @Option(
      names = "-n",
      paramLabel = "EVENTS",
      defaultValue = "4096",
      description =
          "How many events the server keeps for us at a time, up to 65536 (default:"
              + " ${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "0",
      description = "End after so long.")
  private long seconds;

  @Option(
      names = "--admin",
      paramLabel = "PORT",
      defaultValue = "9090",
      converter = ServeCommand.Port.class,
      description = "The server's admin port (default: ${DEFAULT-VALUE}).")
  private int admin;

  @Override
  public Integer call() throws CommandFailure {
    if (seconds < 0) {
      throw new ParameterException(spec.commandLine(), "--seconds must not be negative");
    }
    AdminClient client = new AdminClient(admin);
    long number = client.post("/api/trace", wanted()).path("trace").asLong();
    try {
      return follow(client, number);
    } finally {
      client.delete("/api/trace?trace=" + number);
    }
  }

  private String wanted() {
    ObjectNode wanted = new ObjectMapper().createObjectNode();
    if (remote != null) {
      wanted.put("remote", remote);
    }
    if (remotePort != null) {
      wanted.put("remotePort", remotePort);
    }
    if (localPort != null) {
      wanted.put("localPort", localPort);
    }
    return wanted.put("events", events).toString();
  }

  private int follow(AdminClient client, long number) throws CommandFailure {
    PrintWriter out = spec.commandLine().getOut();
    long end =
        seconds == 0 ? Long.MAX_VALUE : System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    long next = 0;
    while (true) {
      JsonNode news = client.get("/api/trace?trace=" + number + "&from=" + next);
      if (news.path("lost").asLong() > 0) {
        out.println("# " + news.path("lost").asLong() + " events came too fast and are missing");
      }
      out.print(news.path("text").asText());
      out.flush();
      next = news.path("next").asLong();
      if (news.path("ended").asBoolean()) {
        return 0;
      }
      if (System.nanoTime() - end >= 0) {
        return news.path("connection").asBoolean() ? 0 : noConnection();
      }
      pause();
    }
  }

  private int noConnection() throws CommandFailure {
    throw new CommandFailure("no such connection was there in " + seconds + " s");
  }

  private static void pause() throws CommandFailure {
    try {
      Thread.sleep(INTERVAL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }
}
