package dev.twinpath.loadgen.compare;

import java.util.List;

/**
 * How server and generator share the machine.
 *
 * @param server the server's CPUs; empty: not pinned
 * @param generator the generator's CPUs; empty: not pinned
 * @param eventLoops event loops of each path of the server
 * @param threads threads of the generator
 */
public record CpuShare(List<Integer> server, List<Integer> generator, int eventLoops, int threads) {

  /**
   * Halves the CPUs that there are; with a single one, or on demand, nothing is pinned.
   *
   * @param pin whether to pin at all
   * @param eventLoops as wanted, or 0 for one per CPU of the server
   * @param threads as wanted, or 0 for one per CPU of the generator
   */
  public static CpuShare of(List<Integer> cpus, boolean pin, int eventLoops, int threads) {
    int half = Math.max(1, cpus.size() / 2);
    boolean pinned = pin && cpus.size() >= 2 && ExternalCommand.exists("taskset");
    return new CpuShare(
        pinned ? List.copyOf(cpus.subList(0, half)) : List.of(),
        pinned ? List.copyOf(cpus.subList(half, cpus.size())) : List.of(),
        eventLoops > 0 ? eventLoops : half,
        threads > 0 ? threads : Math.max(1, cpus.size() - half));
  }

  @Override
  public String toString() {
    String cpus =
        server.isEmpty()
            ? "no CPU pinned"
            : "server on CPU "
                + CpuSet.format(server)
                + ", generator on CPU "
                + CpuSet.format(generator);
    return cpus
        + "; "
        + eventLoops
        + " event loop(s) per path, "
        + threads
        + " generator thread(s)";
  }
}
