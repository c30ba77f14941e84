package dev.twinpath.loadgen.compare;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.twinpath.loadgen.engine.Verdict;
import dev.twinpath.loadgen.report.BenchJson;
import dev.twinpath.loadgen.report.Environment;
import dev.twinpath.loadgen.stats.Interval;
import dev.twinpath.loadgen.stats.TrialOrder.Letter;
import java.util.List;

/**
 * The JSON report of a comparison, {@value #SCHEMA}; {@code compare-report.schema.json} beside this
 * class describes it. It holds every trial whole, so that all else can be computed anew from it.
 */
public final class CompareJson {
  /** The name and version of the form. */
  public static final String SCHEMA = "twinpath-compare/1";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private CompareJson() {}

  /** Returns the report. */
  public static ObjectNode write(Comparison comparison) {
    ObjectNode node = JSON.objectNode();
    node.put("schema", SCHEMA);
    node.put("started", comparison.startedAt().toString());
    node.set("environment", Environment.json());
    node.put("topology", comparison.topology());
    node.set("a", side(comparison.a()));
    node.set("b", side(comparison.b()));
    node.set("plan", plan(comparison.plan()));
    put(node, "idleCpu", comparison.idleCpu());
    ArrayNode services = node.putArray("services");
    comparison.services().forEach(services::add);
    ArrayNode scenarios = node.putArray("scenarios");
    comparison.results().forEach(result -> scenarios.add(scenario(result)));
    node.put("valid", comparison.valid());
    return node;
  }

  private static ObjectNode side(Side side) {
    return JSON.objectNode().put("label", side.label()).put("base", side.base().toString());
  }

  private static ObjectNode plan(Plan plan) {
    return JSON.objectNode()
        .put("blocks", plan.blocks())
        .put("durationSeconds", plan.duration().toNanos() / 1e9)
        .put("warmUpSeconds", plan.warmUp().toNanos() / 1e9)
        .put("rate", plan.rate())
        .put("threads", plan.threads())
        .put("seed", plan.seed());
  }

  private static ObjectNode scenario(ScenarioResult result) {
    Scenario scenario = result.scenario();
    ObjectNode node = JSON.objectNode();
    node.put("name", scenario.name());
    node.put("path", scenario.path());
    node.put("size", scenario.size());
    node.put("sha256", scenario.sha256());
    node.put("connections", scenario.connections());
    ArrayNode ratios = node.putArray("ratios");
    for (Ratio ratio : result.ratios()) {
      ObjectNode each = ratios.addObject();
      each.put("quantity", ratio.quantity().strip());
      each.put("unit", unit(ratio.kind()));
      put(each, "a", ratio.a());
      put(each, "b", ratio.b());
      each.set("ratio", interval(ratio.ratio()));
      ArrayNode blocks = each.putArray("blocks");
      for (double block : ratio.blocks()) {
        blocks.add(block);
      }
    }
    node.set("nullRate", interval(result.nullRate()));
    node.set("nullCpu", interval(result.nullCpu()));
    node.set("verdict", verdict(result.verdict()));
    ArrayNode trials = node.putArray("trials");
    for (Trial trial : result.trials()) {
      ObjectNode each = trials.addObject();
      each.put("block", trial.block());
      each.put("position", trial.position());
      each.put("side", trial.letter() == Letter.A ? "a" : "b");
      each.set("cpu", cpu(trial.cpu()));
      each.set("bench", BenchJson.write(trial.load()));
    }
    return node;
  }

  private static String unit(Ratio.Kind kind) {
    switch (kind) {
      case RATE:
        return "1/s";
      case BYTES:
        return "B/s";
      case LATENCY:
        return "ns";
      default:
        return "s";
    }
  }

  private static ObjectNode cpu(CpuCost cost) {
    ObjectNode node = JSON.objectNode();
    put(node, "serverSeconds", cost.server());
    put(node, "machineSeconds", cost.machine());
    put(node, "softirqSeconds", cost.softirq());
    ObjectNode roles = node.putObject("roleSeconds");
    cost.roles().forEach(roles::put);
    return node;
  }

  private static ObjectNode interval(Interval interval) {
    ObjectNode node = JSON.objectNode();
    put(node, "median", interval.estimate());
    put(node, "low", interval.low());
    put(node, "high", interval.high());
    return node;
  }

  private static ObjectNode verdict(ComparisonVerdict verdict) {
    ObjectNode node = JSON.objectNode();
    node.put("valid", verdict.valid());
    node.put("ratesValid", verdict.ratesValid());
    node.put("cpuValid", verdict.cpuValid());
    node.set("all", reasons(verdict.all()));
    node.set("rates", reasons(verdict.rates()));
    node.set("cpu", reasons(verdict.cpu()));
    return node;
  }

  private static ArrayNode reasons(List<Verdict.Reason> reasons) {
    ArrayNode node = JSON.arrayNode();
    reasons.forEach(r -> node.addObject().put("code", r.code()).put("text", r.text()));
    return node;
  }

  /** What is not known is null: JSON has no NaN. */
  private static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    } else {
      node.putNull(name);
    }
  }
}
