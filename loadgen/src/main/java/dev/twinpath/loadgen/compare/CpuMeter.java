package dev.twinpath.loadgen.compare;

/** Reads CPU counters; the difference of two readings is a window's {@link CpuCost}. */
interface CpuMeter {
  /** Knows the machine only. */
  CpuMeter MACHINE_ONLY = () -> reading(-1, null);

  /** Returns the counters now. */
  CpuCost read();

  /** Returns a meter of a server process; {@code admin} may be null. */
  static CpuMeter of(long pid, AdminPort admin) {
    return () -> reading(pid, admin);
  }

  private static CpuCost reading(long pid, AdminPort admin) {
    // First the cheap and exact ones: the scrape costs the server some CPU itself. At the start of
    // a window that cost is inside it, at the end it is not; it is some milliseconds of seconds.
    double server = pid < 0 ? Double.NaN : ProcessCpu.ofTree(pid);
    double[] machine = ProcessCpu.ofMachine();
    return new CpuCost(
        server, admin == null ? java.util.Map.of() : admin.cpuByRole(), machine[0], machine[1]);
  }
}
