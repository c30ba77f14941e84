package dev.twinpath.server.admin;

import dev.twinpath.server.metrics.Scrape;
import dev.twinpath.server.metrics.ServerMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** What the admin port answers: a table of paths and methods. */
final class AdminRoutes {
  private interface Route extends Function<AdminRequest, CompletionStage<AdminResponse>> {}

  private final Map<String, Map<String, Route>> routes = new TreeMap<>();
  private final AdminContext context;
  private final ServerMetrics metrics;
  private final LiveSample live;
  private final LongSupplier nanoClock;
  private final long startedNanos;

  AdminRoutes(AdminContext context, ServerMetrics metrics, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.startedNanos = nanoClock.getAsLong();
    this.context = context;
    this.metrics = metrics;
    this.live = new LiveSample(context, metrics, nanoClock);
    PathRoute path = new PathRoute(context);
    CaptureRoute capture = new CaptureRoute(context);
    TraceRoute trace = new TraceRoute(context);
    LivePage page = LivePage.load();
    route("GET", "/", request -> now(page.response()));
    route("GET", "/metrics", this::metrics);
    route("GET", "/healthz", request -> now(health()));
    route("GET", "/readyz", request -> now(readiness()));
    route("GET", RequestGuard.CAPTURE, request -> now(capture.start(request)));
    route("GET", "/api/path", request -> now(path.show()));
    route("PUT", "/api/path", request -> now(path.change(request)));
    route("POST", "/api/path", request -> now(path.change(request)));
    route("GET", "/api/status", request -> now(AdminResponse.json(200, context.status())));
    route("GET", "/api/live", request -> now(AdminResponse.json(200, live.take())));
    route("GET", "/api/connections", this::connections);
    route("GET", "/api/counters", request -> now(counters()));
    route("POST", "/api/trace", trace::begin);
    route("GET", "/api/trace", trace::read);
    route("DELETE", "/api/trace", trace::end);
  }

  /** Answers a request that {@link RequestGuard} let pass. */
  CompletionStage<AdminResponse> answer(AdminRequest request) {
    Map<String, Route> methods = routes.get(request.path());
    if (methods == null) {
      return now(
          AdminResponse.error(
              404, "There is nothing here. Known: " + String.join(" ", routes.keySet())));
    }
    Route route = methods.get(request.method());
    if (route == null) {
      String allowed = allowed(methods);
      return now(
          AdminResponse.error(405, request.path() + " takes " + allowed + ".")
              .with("Allow", allowed));
    }
    return route.apply(request);
  }

  private CompletionStage<AdminResponse> metrics(AdminRequest request) {
    Scrape scrape = metrics.scrape(request.accept());
    return now(new AdminResponse(200, scrape.contentType(), scrape.body(), Map.of()));
  }

  private AdminResponse health() {
    Map<String, Object> health = new LinkedHashMap<>();
    health.put("status", "live");
    health.put("uptimeSeconds", (nanoClock.getAsLong() - startedNanos) / 1e9);
    return AdminResponse.json(200, health);
  }

  private AdminResponse readiness() {
    List<String> notReady = context.notReady();
    Map<String, Object> readiness = new LinkedHashMap<>();
    readiness.put("ready", notReady.isEmpty());
    readiness.put("notReady", notReady);
    return AdminResponse.json(notReady.isEmpty() ? 200 : 503, readiness);
  }

  private CompletionStage<AdminResponse> connections(AdminRequest request) {
    if (request.parameter("all").filter("1"::equals).isPresent()) {
      return context.sockets().thenApply(all -> AdminResponse.json(200, all));
    }
    return context
        .connections()
        .thenApply(list -> AdminResponse.json(200, Map.of("connections", list)));
  }

  private AdminResponse counters() {
    return AdminResponse.json(200, Map.of("counters", context.counters()));
  }

  private void route(String method, String path, Route route) {
    routes.computeIfAbsent(path, p -> new TreeMap<>()).put(method, route);
  }

  private static String allowed(Map<String, Route> methods) {
    return String.join(", ", methods.keySet()).replace("GET", "GET, HEAD");
  }

  private static CompletionStage<AdminResponse> now(AdminResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
