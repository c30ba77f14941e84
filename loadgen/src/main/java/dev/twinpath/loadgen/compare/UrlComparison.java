package dev.twinpath.loadgen.compare;

import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;

/** The comparison of two servers that run already, wherever they are. */
public final class UrlComparison implements AutoCloseable {
  private final Plan plan;
  private final Side a;
  private final Side b;
  private final LocalGenerator generator = new LocalGenerator();
  private final CompareRunner runner;

  /**
   * Creates a comparison.
   *
   * @param pidA the process of the first server where it runs on this machine, else -1
   * @param pidB the process of the second
   */
  public UrlComparison(Plan plan, Side a, Side b, long pidA, long pidB, Consumer<String> progress) {
    this.plan = plan;
    this.a = a;
    this.b = b;
    this.runner = new CompareRunner(plan, a, b, generator, meter(pidA), meter(pidB), progress);
  }

  private static CpuMeter meter(long pid) {
    return pid < 0 ? CpuMeter.MACHINE_ONLY : CpuMeter.of(pid, null);
  }

  /** Does the comparison. */
  public Comparison run() throws IOException, InterruptedException {
    Instant startedAt = Instant.now();
    return new Comparison(
        startedAt,
        a,
        b,
        plan,
        "two servers that ran already; generator in this process",
        Double.NaN,
        MissingNode.getInstance(),
        runner.run());
  }

  /** Ends early; from any thread. */
  public void stop() {
    runner.stop();
  }

  @Override
  public void close() {
    generator.close();
  }
}
