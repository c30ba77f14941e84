package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.stats.Interval;
import java.util.List;

/**
 * What a comparison found out in one scenario.
 *
 * @param scenario the scenario
 * @param trials every trial, in the order of time
 * @param ratios the quantities of both sides
 * @param nullRate a path against itself in throughput, which should contain 1
 * @param nullCpu the same in the server's CPU per request
 * @param verdict whether it can be believed
 */
public record ScenarioResult(
    Scenario scenario,
    List<Trial> trials,
    List<Ratio> ratios,
    Interval nullRate,
    Interval nullCpu,
    ComparisonVerdict verdict) {}
