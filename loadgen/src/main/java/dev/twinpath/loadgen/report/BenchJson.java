package dev.twinpath.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.twinpath.loadgen.engine.Counts;
import dev.twinpath.loadgen.engine.ErrorKind;
import dev.twinpath.loadgen.engine.Latencies;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.TargetSpec;
import dev.twinpath.loadgen.engine.ThreadUsage;
import dev.twinpath.loadgen.engine.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON report of a run, {@value #SCHEMA}; {@code bench-report.schema.json} beside this class
 * describes it. Times are seconds where the name says so, else nanoseconds.
 */
public final class BenchJson {
  /** The name and version of the form. */
  public static final String SCHEMA = "twinpath-bench/1";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private BenchJson() {}

  /** Returns the report of a run. */
  public static ObjectNode write(LoadResult result) {
    ObjectNode node = JSON.objectNode();
    node.put("schema", SCHEMA);
    node.put("started", result.startedAt().toString());
    node.set("environment", Environment.json());
    node.set("load", load(result.spec()));
    node.put("endedEarly", result.endedEarly());
    node.put("measuredSeconds", result.seconds());
    node.set("measured", counts(result.measured()));
    node.set("total", counts(result.total()));
    ObjectNode throughput = node.putObject("throughput");
    throughput.put("requestsPerSecond", result.requestsPerSecond());
    throughput.put("bytesPerSecond", result.bytesPerSecond());
    ObjectNode latency = node.putObject("latency");
    latency.set("intended", HistogramJson.write(result.latencies().intended()));
    latency.set("actual", HistogramJson.write(result.latencies().actual()));
    node.set("sendLateness", HistogramJson.write(result.latencies().sendLateness()));
    node.set("generatorLateness", HistogramJson.write(result.latencies().generatorLateness()));
    node.put("censored", result.censored());
    node.put("abandoned", result.abandoned());
    node.set("generator", generator(result));
    node.set("verdict", verdict(result.verdict()));
    return node;
  }

  private static ObjectNode load(LoadSpec spec) {
    ObjectNode node = JSON.objectNode();
    node.put("model", spec.openLoop() ? "constant-rate" : "closed");
    node.put("rate", spec.rate());
    node.put("connections", spec.connections());
    node.put("threads", spec.threads());
    node.put("pipeline", spec.pipeline());
    node.put("keepAlive", spec.keepAlive());
    node.put("transport", spec.transport().resolve().name().toLowerCase(java.util.Locale.ROOT));
    node.put("warmUpSeconds", spec.warmUpNanos() / 1e9);
    node.put("durationSeconds", spec.durationNanos() / 1e9);
    node.put("timeoutSeconds", spec.timeoutNanos() / 1e9);
    node.put("drainSeconds", spec.drainNanos() / 1e9);
    ArrayNode status = node.putArray("expectedStatus");
    spec.expectedStatus().forEach(status::add);
    ArrayNode targets = node.putArray("targets");
    for (TargetSpec target : spec.targets()) {
      ObjectNode each = targets.addObject();
      each.put("url", target.url().toString());
      each.put("method", target.method());
      each.put("expectedLength", target.expectation().length());
      each.put("sha256", target.expectation().sha256());
    }
    return node;
  }

  private static ObjectNode counts(Counts counts) {
    ObjectNode node = JSON.objectNode();
    node.put("sent", counts.sent());
    node.put("succeeded", counts.succeeded());
    node.put("failed", counts.failed());
    ObjectNode errors = node.putObject("errors");
    counts.errors().forEach((kind, count) -> errors.put(kind.label(), count));
    node.put("bodyBytes", counts.bodyBytes());
    node.put("connections", counts.connections());
    return node;
  }

  private static ObjectNode generator(LoadResult result) {
    ObjectNode node = JSON.objectNode();
    node.put("cpuSeconds", result.generatorCpuNanos() / 1e9);
    node.put("busiestThread", result.busiestThread());
    node.put("longestWait", result.longestWait());
    ArrayNode threads = node.putArray("threads");
    for (ThreadUsage usage : result.threads()) {
      threads
          .addObject()
          .put("cpuNanos", usage.cpuNanos())
          .put("waitNanos", usage.waitNanos())
          .put("wallNanos", usage.wallNanos());
    }
    return node;
  }

  /** Returns a verdict in JSON. */
  public static ObjectNode verdict(Verdict verdict) {
    ObjectNode node = JSON.objectNode();
    node.put("valid", verdict.valid());
    ArrayNode reasons = node.putArray("reasons");
    verdict.reasons().forEach(r -> reasons.addObject().put("code", r.code()).put("text", r.text()));
    return node;
  }

  /**
   * Reads a report back.
   *
   * @param spec the run that was asked for
   * @throws IllegalArgumentException when it is of another schema
   */
  public static LoadResult read(JsonNode node, LoadSpec spec) {
    if (!SCHEMA.equals(node.path("schema").asText())) {
      throw new IllegalArgumentException(
          "not a " + SCHEMA + " report but " + node.path("schema").asText("something else"));
    }
    List<ThreadUsage> threads = new ArrayList<>();
    for (JsonNode thread : node.path("generator").path("threads")) {
      threads.add(
          new ThreadUsage(
              thread.path("cpuNanos").asLong(),
              thread.path("waitNanos").asLong(),
              thread.path("wallNanos").asLong()));
    }
    return new LoadResult(
        spec,
        Instant.parse(node.path("started").asText()),
        node.path("endedEarly").asBoolean(),
        Math.round(node.path("measuredSeconds").asDouble() * 1e9),
        readCounts(node.path("total")),
        readCounts(node.path("measured")),
        new Latencies(
            HistogramJson.read(node.path("latency").path("intended")),
            HistogramJson.read(node.path("latency").path("actual")),
            HistogramJson.read(node.path("sendLateness")),
            HistogramJson.read(node.path("generatorLateness"))),
        threads,
        node.path("censored").asLong(),
        node.path("abandoned").asLong());
  }

  private static Counts readCounts(JsonNode node) {
    Map<ErrorKind, Long> errors = new EnumMap<>(ErrorKind.class);
    for (ErrorKind kind : ErrorKind.values()) {
      errors.put(kind, node.path("errors").path(kind.label()).asLong());
    }
    return new Counts(
        node.path("sent").asLong(),
        node.path("succeeded").asLong(),
        node.path("bodyBytes").asLong(),
        node.path("connections").asLong(),
        errors);
  }
}
