package dev.twinpath.loadgen.report;

import dev.twinpath.loadgen.engine.Counts;
import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.engine.LoadSpec;
import dev.twinpath.loadgen.engine.Verdict;
import java.util.Locale;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/** The report of a run for people. */
public final class BenchText {
  private BenchText() {}

  /** Returns the report, ending in a line break. */
  public static String write(LoadResult result) {
    StringBuilder out = new StringBuilder();
    header(result, out);
    throughput(result, out);
    latencies(result, out);
    errors(result, out);
    generator(result, out);
    verdict(result.verdict(), out);
    return out.toString();
  }

  private static void header(LoadResult result, StringBuilder out) {
    LoadSpec spec = result.spec();
    String first = spec.targets().get(0).url().toString();
    String more = spec.targets().size() > 1 ? " and " + (spec.targets().size() - 1) + " more" : "";
    line(
        out,
        "%s%s: %s, %d connection%s, %d thread%s%s%s, %s",
        first,
        more,
        spec.openLoop() ? Units.count(spec.rate()) + " requests/s offered" : "closed loop",
        spec.connections(),
        spec.connections() == 1 ? "" : "s",
        spec.threads(),
        spec.threads() == 1 ? "" : "s",
        spec.pipeline() > 1 ? ", pipeline of " + spec.pipeline() : "",
        spec.keepAlive() ? "" : ", a connection per request",
        spec.transport().resolve().name().toLowerCase(Locale.ROOT));
    line(
        out,
        "  measured      %.2f s after %.2f s of warm-up%s",
        result.seconds(),
        spec.warmUpNanos() / 1e9,
        result.endedEarly() ? " (ended early)" : "");
  }

  private static void throughput(LoadResult result, StringBuilder out) {
    line(
        out,
        "  requests/s    %s   (%,d succeeded, %,d failed)",
        Units.count(result.requestsPerSecond()),
        result.measured().succeeded(),
        result.measured().failed());
    line(
        out,
        "  bytes/s       %s   (%s of bodies)",
        Units.bytes(result.bytesPerSecond()),
        Units.bytes(result.measured().bodyBytes()));
  }

  private static void latencies(LoadResult result, StringBuilder out) {
    line(out, "  %-20s %10s %10s %10s %10s %10s", "", "p50", "p90", "p99", "p99.9", "max");
    if (result.spec().openLoop()) {
      row(out, "latency, intended", result.latencies().intended());
      row(out, "latency, actual", result.latencies().actual());
      row(out, "send lateness", result.latencies().sendLateness());
      row(out, "  by the generator", result.latencies().generatorLateness());
    } else {
      row(out, "latency", result.latencies().intended());
    }
    if (result.censored() > 0) {
      line(
          out,
          "  %,d requests were still unanswered at the end: their latency is a lower bound",
          result.censored());
    }
  }

  private static void row(StringBuilder out, String name, Histogram histogram) {
    line(
        out,
        "  %-20s %10s %10s %10s %10s %10s",
        name,
        Units.time(histogram.getValueAtPercentile(50)),
        Units.time(histogram.getValueAtPercentile(90)),
        Units.time(histogram.getValueAtPercentile(99)),
        Units.time(histogram.getValueAtPercentile(99.9)),
        Units.time(histogram.getMaxValue()));
  }

  private static void errors(LoadResult result, StringBuilder out) {
    Counts total = result.total();
    if (total.failed() > 0) {
      line(
          out,
          "  errors        %s (whole run)",
          total.errors().entrySet().stream()
              .filter(entry -> entry.getValue() > 0)
              .map(
                  entry ->
                      String.format(
                          Locale.ROOT, "%s %,d", entry.getKey().label(), entry.getValue()))
              .collect(Collectors.joining(", ")));
    }
  }

  private static void generator(LoadResult result, StringBuilder out) {
    line(
        out,
        "  generator     %.2f s of CPU; busiest thread %.0f%% (waiting for a CPU %.1f%%)",
        result.generatorCpuNanos() / 1e9,
        result.busiestThread() * 100,
        result.longestWait() * 100);
  }

  private static void verdict(Verdict verdict, StringBuilder out) {
    line(out, "  verdict       %s", verdict.valid() ? "VALID" : "INVALID");
    verdict.reasons().forEach(reason -> line(out, "    %s: %s", reason.code(), reason.text()));
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
