package dev.twinpath.loadgen.compare;

import dev.twinpath.loadgen.engine.LoadResult;
import dev.twinpath.loadgen.stats.TrialOrder.Letter;

/**
 * One trial of a comparison.
 *
 * @param block its block, from 0
 * @param position its place in the block, 0 to 3
 * @param letter the side that was loaded
 * @param load what the generator measured
 * @param cpu what it cost over the same time
 */
public record Trial(int block, int position, Letter letter, LoadResult load, CpuCost cpu) {
  /**
   * Returns how many responses' worth of work was done: bytes of bodies over the size, so that
   * large files that the window's edges cut count with their part.
   */
  double requests(Scenario scenario) {
    return scenario.size() > 0
        ? load.measured().bodyBytes() / (double) scenario.size()
        : load.measured().succeeded();
  }

  /**
   * Returns the share of the machine's CPUs that neither the server nor the generator used, NaN
   * when it is not known.
   */
  double others(int cpus) {
    double generator = load.generatorCpuNanos() / 1e9;
    return (cpu.machine() - cpu.server() - generator) / (cpus * load.seconds());
  }
}
