package dev.twinpath.loadgen.compare;

import java.util.Map;
import java.util.TreeMap;

/**
 * CPU time spent over a measured window, in seconds.
 *
 * @param server the server process, user and system: the headline; NaN when its process is not
 *     known
 * @param roles the server's own account of it, {@code path/role}; empty when it has none
 * @param machine all CPUs of the machine, with interrupts; NaN when the kernel does not tell
 * @param softirq the softirq part of it
 */
public record CpuCost(double server, Map<String, Double> roles, double machine, double softirq) {
  /** Nothing is known. */
  public static final CpuCost UNKNOWN = new CpuCost(Double.NaN, Map.of(), Double.NaN, Double.NaN);

  /** Copies the roles, in the order of their names. */
  public CpuCost {
    roles = new TreeMap<>(roles);
  }

  /** Returns both together. */
  CpuCost plus(CpuCost other) {
    Map<String, Double> sum = new TreeMap<>(roles);
    other.roles.forEach((role, seconds) -> sum.merge(role, seconds, Double::sum));
    return new CpuCost(
        server + other.server, sum, machine + other.machine, softirq + other.softirq);
  }

  /** Returns this less what was spent before. */
  CpuCost minus(CpuCost before) {
    Map<String, Double> difference = new TreeMap<>();
    roles.forEach(
        (role, seconds) -> difference.put(role, seconds - before.roles.getOrDefault(role, 0.0)));
    return new CpuCost(
        server - before.server, difference, machine - before.machine, softirq - before.softirq);
  }
}
