package dev.twinpath.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code twinpath ss}. */
@Command(
    name = "ss",
    description =
        "Show the TCP connections of a running server's user stack, like \"ss -tino\" shows the"
            + " kernel's.")
final class ConnectionsCommand implements Callable<Integer> {
  private static final List<String> KINDS = List.of("listeners", "connections", "timeWait");

  @Spec private CommandSpec spec;

  @Option(
      names = {"-l", "--listening"},
      description = "Listeners only: Recv-Q waits to be accepted, Send-Q is the backlog.")
  private boolean listening;

  @Option(
      names = {"-a", "--all"},
      description = "Listeners and TIME-WAIT too.")
  private boolean all;

  @Option(
      names = {"-s", "--summary"},
      description = "Counts by state.")
  private boolean summary;

  @Option(
      names = {"-i", "--info"},
      description = "What TCP knows of each connection; always on.")
  @SuppressWarnings("unused") // Accepted for fingers that type ss -ti.
  private boolean info;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      converter = StatesConverter.class,
      description =
          "Only these, by ss's names: established, time-wait, listening, ... or all, connected,"
              + " synchronized, bucket, big. May be given several times.")
  private List<States> states;

  @Option(
      names = "--dst",
      paramLabel = "ADDRESS[:PORT]",
      converter = Address.class,
      description = "Only those with this peer; \":PORT\" for any address.")
  private SocketAddressFilter dst;

  @Option(
      names = "--src",
      paramLabel = "ADDRESS[:PORT]",
      converter = Address.class,
      description = "Only those with this address of the server's.")
  private SocketAddressFilter src;

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
    boolean more = all || listening || summary || states != null;
    JsonNode answer = new AdminClient(admin).get("/api/connections" + (more ? "?all=1" : ""));
    Set<SocketState> wanted = wanted();
    ObjectNode kept = new ObjectMapper().createObjectNode();
    List<JsonNode> sockets = new ArrayList<>();
    for (String kind : KINDS) {
      if (answer.has(kind)) {
        List<JsonNode> passed = passed(answer.path(kind), wanted);
        kept.putArray(kind).addAll(passed);
        sockets.addAll(passed);
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(kept.toPrettyString());
    } else if (summary) {
      SocketSummary.lines(kept).forEach(out::println);
    } else {
      SocketTable.lines(sockets).forEach(out::println);
    }
    return 0;
  }

  private Set<SocketState> wanted() {
    if (states != null) {
      Set<SocketState> wanted = EnumSet.noneOf(SocketState.class);
      states.forEach(more -> wanted.addAll(more.set()));
      return wanted;
    }
    if (all || summary) {
      return EnumSet.allOf(SocketState.class);
    }
    EnumSet<SocketState> listeners = EnumSet.of(SocketState.LISTEN);
    return listening ? listeners : EnumSet.complementOf(listeners);
  }

  private List<JsonNode> passed(JsonNode sockets, Set<SocketState> wanted) {
    List<JsonNode> passed = new ArrayList<>();
    for (JsonNode socket : sockets) {
      if (wanted.contains(SocketState.ofJson(socket.path("state").asText()))
          && (dst == null || dst.passes(socket.path("remote").asText()))
          && (src == null || src.passes(socket.path("local").asText()))) {
        passed.add(socket);
      }
    }
    return passed;
  }

  /** A state or a group of them; picocli would take a bare set for one of its own. */
  record States(Set<SocketState> set) {}

  static final class StatesConverter implements ITypeConverter<States> {
    @Override
    public States convert(String text) {
      try {
        return new States(SocketState.parse(text));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** An address, a port or both. */
  static final class Address implements ITypeConverter<SocketAddressFilter> {
    @Override
    public SocketAddressFilter convert(String text) {
      try {
        return SocketAddressFilter.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
