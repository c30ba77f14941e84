package dev.twinpath.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.twinpath.loadgen.engine.Verdict;
import dev.twinpath.loadgen.report.Units;
import dev.twinpath.loadgen.stats.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of a comparison, for a terminal or as Markdown; both have the same rows. */
public final class CompareTable {
  /** A row of five cells: scenario, quantity, both sides, ratio. */
  private record Row(List<String> cells) {}

  private final Comparison comparison;

  private CompareTable(Comparison comparison) {
    this.comparison = comparison;
  }

  /** Returns the report for a terminal. */
  public static String text(Comparison comparison) {
    return new CompareTable(comparison).text();
  }

  /** Returns the report in Markdown. */
  public static String markdown(Comparison comparison) {
    return new CompareTable(comparison).markdown();
  }

  private List<String> header() {
    return List.of(
        "scenario",
        "",
        comparison.a().label(),
        comparison.b().label(),
        String.format(
            Locale.ROOT, "%s / %s [95%%]", comparison.b().label(), comparison.a().label()));
  }

  private List<Row> rows(ScenarioResult result) {
    List<Row> rows = new ArrayList<>();
    String name = result.scenario().name();
    for (Ratio ratio : result.ratios()) {
      boolean known = !Double.isNaN(ratio.a()) || !Double.isNaN(ratio.b());
      if (known) {
        rows.add(
            new Row(
                List.of(
                    rows.isEmpty() ? name : "",
                    ratio.quantity(),
                    value(ratio.kind(), ratio.a()),
                    value(ratio.kind(), ratio.b()),
                    interval(ratio.ratio()) + mark(ratio, result.verdict()))));
      }
    }
    addNull(rows, name, "itself, throughput", result.nullRate());
    addNull(rows, name, "itself, CPU/request", result.nullCpu());
    rows.add(
        new Row(List.of(rows.isEmpty() ? name : "", "verdict", "", "", result.verdict().word())));
    return rows;
  }

  /** A path against itself: what must contain 1. */
  private static void addNull(List<Row> rows, String name, String quantity, Interval interval) {
    if (interval.exists()) {
      rows.add(new Row(List.of(rows.isEmpty() ? name : "", quantity, "", "", interval(interval))));
    }
  }

  /** A figure that cannot be believed is marked where it stands. */
  private static String mark(Ratio ratio, ComparisonVerdict verdict) {
    if (!ratio.ratio().exists()) {
      return "";
    }
    boolean good = ratio.kind() == Ratio.Kind.CPU ? verdict.cpuValid() : verdict.ratesValid();
    return good ? "" : " (!)";
  }

  private static String value(Ratio.Kind kind, double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return "-";
    }
    switch (kind) {
      case RATE:
        return Units.count(value);
      case BYTES:
        return Units.bytes(value);
      case LATENCY:
        return Units.time(value);
      default:
        return Units.time(value * 1e9);
    }
  }

  private static String interval(Interval interval) {
    return interval.exists()
        ? String.format(
            Locale.ROOT, "%.3f [%.3f..%.3f]", interval.estimate(), interval.low(), interval.high())
        : "";
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    Plan plan = comparison.plan();
    notes.add(
        String.format(
            Locale.ROOT,
            "%d block(s) of 4 trials of %.1f s after %.1f s, order by seed %d; %s",
            plan.blocks(),
            plan.duration().toNanos() / 1e9,
            plan.warmUp().toNanos() / 1e9,
            plan.seed(),
            plan.rate() > 0 ? Units.count(plan.rate()) + " requests/s offered" : "closed loop"));
    notes.add(comparison.topology());
    if (!Double.isNaN(comparison.idleCpu())) {
      notes.add(
          String.format(
              Locale.ROOT, "the server at rest used %.1f%% of a CPU", comparison.idleCpu() * 100));
    }
    for (ScenarioResult result : comparison.results()) {
      note(result, result.verdict().all(), "all figures", notes);
      note(result, result.verdict().rates(), "rates and latencies", notes);
      note(result, result.verdict().cpu(), "CPU per request", notes);
    }
    return notes;
  }

  private static void note(
      ScenarioResult result, List<Verdict.Reason> reasons, String what, List<String> notes) {
    for (Verdict.Reason reason : reasons) {
      notes.add(
          result.scenario().name()
              + ": "
              + what
              + " INVALID: "
              + reason.code()
              + ": "
              + reason.text());
    }
  }

  private String text() {
    List<List<String>> table = new ArrayList<>();
    table.add(header());
    for (ScenarioResult result : comparison.results()) {
      table.add(List.of());
      rows(result).forEach(row -> table.add(row.cells));
    }
    int[] widths = widths(table);
    StringBuilder out = new StringBuilder();
    for (List<String> cells : table) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < cells.size(); i++) {
        String format = i == 2 || i == 3 ? "%" + widths[i] + "s  " : "%-" + widths[i] + "s  ";
        line.append(String.format(Locale.ROOT, format, cells.get(i)));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    out.append('\n');
    notes().forEach(note -> out.append(note).append('\n'));
    if (comparison.services().isArray() && !comparison.services().isEmpty()) {
      out.append('\n').append("services of both paths, as the server tells them\n");
      List<List<String>> services = services();
      int[] serviceWidths = widths(services);
      for (List<String> service : services) {
        String format = "  %-" + serviceWidths[0] + "s  %-" + serviceWidths[1] + "s  %s%n";
        out.append(String.format(Locale.ROOT, format, service.toArray()));
      }
    }
    return out.toString();
  }

  private static int[] widths(List<List<String>> table) {
    int[] widths = {1, 1, 1, 1, 1};
    for (List<String> cells : table) {
      for (int i = 0; i < cells.size(); i++) {
        widths[i] = Math.max(widths[i], cells.get(i).length());
      }
    }
    return widths;
  }

  private String markdown() {
    StringBuilder out = new StringBuilder();
    markdownRow(out, header());
    out.append("|---|---|---:|---:|---|\n");
    for (ScenarioResult result : comparison.results()) {
      rows(result).forEach(row -> markdownRow(out, row.cells));
    }
    out.append('\n');
    notes().forEach(note -> out.append("- ").append(note).append('\n'));
    if (comparison.services().isArray() && !comparison.services().isEmpty()) {
      out.append("\nServices of both paths, as the server tells them:\n\n");
      markdownRow(out, List.of("service", comparison.a().label(), comparison.b().label()));
      out.append("|---|---|---|\n");
      services().forEach(service -> markdownRow(out, service));
    }
    return out.toString();
  }

  private List<List<String>> services() {
    List<List<String>> services = new ArrayList<>();
    for (JsonNode service : comparison.services()) {
      services.add(
          List.of(
              service.path("name").asText(),
              service.path(comparison.a().label()).asText(),
              service.path(comparison.b().label()).asText()));
    }
    return services;
  }

  private static void markdownRow(StringBuilder out, List<String> cells) {
    out.append('|');
    cells.forEach(cell -> out.append(' ').append(cell.replace("|", "\\|").strip()).append(" |"));
    out.append('\n');
  }
}
