package dev.twinpath.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.ConnectionTrace;
import dev.twinpath.userstack.stack.TraceFilter;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * {@code /api/trace}: POST begins to follow a connection, GET reads what happened, DELETE ends it.
 */
final class TraceRoute {
  private static final String REMOTE = "remote";
  private static final String REMOTE_PORT = "remotePort";
  private static final String LOCAL_PORT = "localPort";
  private static final String EVENTS = "events";
  private static final Set<String> KNOWN =
      new TreeSet<>(Set.of(REMOTE, REMOTE_PORT, LOCAL_PORT, EVENTS));
  private static final int DEFAULT_EVENTS = 4096;

  private final AdminContext context;

  TraceRoute(AdminContext context) {
    this.context = context;
  }

  CompletionStage<AdminResponse> begin(AdminRequest request) {
    TraceFilter filter;
    int events;
    try {
      JsonNode wanted =
          new ObjectMapper().readTree(request.body().isBlank() ? "{}" : request.body());
      check(wanted);
      filter =
          new TraceFilter(
              wanted.has(REMOTE) ? IpAddress.parse(wanted.get(REMOTE).asText()) : IpAddress.ANY,
              number(wanted, REMOTE_PORT, 0, 65_535, 0),
              number(wanted, LOCAL_PORT, 0, 65_535, 0));
      events = number(wanted, EVENTS, 1, ConnectionTrace.MAX_EVENTS, DEFAULT_EVENTS);
    } catch (JsonProcessingException e) {
      return now(AdminResponse.error(400, "That is not JSON: " + e.getOriginalMessage()));
    } catch (IllegalArgumentException e) {
      return now(AdminResponse.error(400, e.getMessage()));
    }
    if (context.traces().isEmpty()) {
      return now(AdminResponse.error(503, "there is nothing to trace: no user path"));
    }
    return context
        .traces()
        .get()
        .begin(filter, events)
        .thenApply(number -> AdminResponse.json(200, Map.of("trace", number)))
        .exceptionally(TraceRoute::refused);
  }

  private static AdminResponse refused(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof IllegalStateException) {
      return AdminResponse.error(503, cause.getMessage()).with("Retry-After", "10");
    }
    throw new CompletionException(cause);
  }

  private static void check(JsonNode wanted) {
    if (!wanted.isObject()) {
      throw new IllegalArgumentException("a trace is asked for by a JSON object");
    }
    for (Iterator<String> names = wanted.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "'" + name + "' is no parameter of a trace; known: " + String.join(", ", KNOWN));
      }
    }
  }

  private static int number(JsonNode wanted, String name, int least, int most, int otherwise) {
    if (!wanted.has(name)) {
      return otherwise;
    }
    JsonNode value = wanted.get(name);
    if (!value.isInt() || value.asInt() < least || value.asInt() > most) {
      throw new IllegalArgumentException(
          name + " is a whole number from " + least + " to " + most + ", not '" + value + "'");
    }
    return value.asInt();
  }

  CompletionStage<AdminResponse> read(AdminRequest request) {
    long number = parameter(request, "trace");
    long from = parameter(request, "from");
    if (context.traces().isEmpty() || number < 1) {
      return now(unknown());
    }
    return context
        .traces()
        .get()
        .read(number, Math.max(0, from))
        .thenApply(
            found -> found.map(map -> AdminResponse.json(200, map)).orElseGet(this::unknown));
  }

  CompletionStage<AdminResponse> end(AdminRequest request) {
    boolean ended =
        context.traces().map(traces -> traces.end(parameter(request, "trace"))).orElse(false);
    return now(ended ? AdminResponse.json(200, Map.of("ended", true)) : unknown());
  }

  private AdminResponse unknown() {
    return AdminResponse.error(
        404, "there is no such trace; one that nobody has read for a minute ends");
  }

  private static long parameter(AdminRequest request, String name) {
    String text = request.parameter(name).orElse("");
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : -1;
  }

  private static CompletionStage<AdminResponse> now(AdminResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
