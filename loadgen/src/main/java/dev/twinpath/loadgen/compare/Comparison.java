package dev.twinpath.loadgen.compare;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;

/**
 * A whole comparison, as reports show it.
 *
 * @param startedAt when it began
 * @param a the first side
 * @param b the second side
 * @param plan how it was done
 * @param topology how the generator reached the sides, in words
 * @param idleCpu the server's CPU seconds per second with no load, NaN when it is not known
 * @param services what each side does or lacks, as the server told; missing when it did not
 * @param results by scenario
 */
public record Comparison(
    Instant startedAt,
    Side a,
    Side b,
    Plan plan,
    String topology,
    double idleCpu,
    JsonNode services,
    List<ScenarioResult> results) {
  /** Returns whether every figure of every scenario can be believed. */
  public boolean valid() {
    return !results.isEmpty() && results.stream().allMatch(r -> r.verdict().valid());
  }
}
