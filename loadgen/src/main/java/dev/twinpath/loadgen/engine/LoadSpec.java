package dev.twinpath.loadgen.engine;

import java.util.List;

/**
 * One run of the load generator, complete: the same value gives the same load.
 *
 * @param targets what is asked for, in turn; not empty
 * @param connections connections over all threads, 1 or more
 * @param threads event loops, each with its own connections and histograms, 1 or more
 * @param durationNanos the measured time, in nanoseconds
 * @param warmUpNanos the time before it whose requests are sent but not measured
 * @param rate requests per second over all threads; 0 is the closed loop
 * @param pipeline requests in flight on one connection, 1 or more
 * @param timeoutNanos the longest silence on a connection with a request in flight
 * @param drainNanos how long requests in flight may take after the end, before they are given up
 * @param keepAlive whether a connection carries more than one request
 * @param expectedStatus statuses that count as success; empty: any of 200 to 299
 * @param verifyEvery hash every n-th body of a target that has a checksum, 1 or more
 * @param transport how the kernel's sockets are used
 */
public record LoadSpec(
    List<TargetSpec> targets,
    int connections,
    int threads,
    long durationNanos,
    long warmUpNanos,
    double rate,
    int pipeline,
    long timeoutNanos,
    long drainNanos,
    boolean keepAlive,
    List<Integer> expectedStatus,
    int verifyEvery,
    ClientTransport transport) {

  /** Checks the ranges, and gives every thread a connection at least. */
  public LoadSpec {
    targets = List.copyOf(targets);
    expectedStatus = List.copyOf(expectedStatus);
    require(!targets.isEmpty(), "there is no URL");
    require(connections >= 1 && connections <= 60_000, "connections must be 1 to 60000");
    require(threads >= 1 && threads <= 256, "threads must be 1 to 256");
    require(durationNanos > 0, "the duration must be positive");
    require(warmUpNanos >= 0, "the warm-up must not be negative");
    require(rate >= 0 && rate <= 1e8, "the rate must be 0 to 100 million a second");
    require(pipeline >= 1 && pipeline <= 1024, "the pipeline must be 1 to 1024");
    require(keepAlive || pipeline == 1, "pipelining needs keep-alive");
    require(timeoutNanos > 0, "the time-out must be positive");
    require(drainNanos >= 0, "the drain must not be negative");
    require(verifyEvery >= 1, "verify every must be 1 or more");
    threads = Math.min(threads, connections);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Returns whether requests are sent by the clock, whatever the answers do. */
  public boolean openLoop() {
    return rate > 0;
  }

  /** Returns whether a response with this status is a success. */
  public boolean expects(int status) {
    return expectedStatus.isEmpty()
        ? status >= 200 && status < 300
        : expectedStatus.contains(status);
  }

  /** Returns a builder with the defaults of a closed loop on these targets. */
  public static LoadSpecBuilder builder(List<TargetSpec> targets) {
    return new LoadSpecBuilder(targets);
  }

  /** Returns a builder that starts from this run. */
  public LoadSpecBuilder toBuilder() {
    return new LoadSpecBuilder(this);
  }
}
