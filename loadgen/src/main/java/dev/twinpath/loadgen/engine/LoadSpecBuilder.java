package dev.twinpath.loadgen.engine;

import java.time.Duration;
import java.util.List;

/** Builds a {@link LoadSpec}; the ranges are checked by {@link #build()}. */
public final class LoadSpecBuilder {
  private List<TargetSpec> targets;
  private int connections = 64;
  private int threads = 1;
  private long durationNanos = Duration.ofSeconds(10).toNanos();
  private long warmUpNanos = Duration.ofSeconds(2).toNanos();
  private double rate;
  private int pipeline = 1;
  private long timeoutNanos = Duration.ofSeconds(10).toNanos();
  private long drainNanos = Duration.ofSeconds(10).toNanos();
  private boolean keepAlive = true;
  private List<Integer> expectedStatus = List.of();
  private int verifyEvery = 1;
  private ClientTransport transport = ClientTransport.AUTO;

  LoadSpecBuilder(List<TargetSpec> targets) {
    this.targets = targets;
  }

  LoadSpecBuilder(LoadSpec spec) {
    targets = spec.targets();
    connections = spec.connections();
    threads = spec.threads();
    durationNanos = spec.durationNanos();
    warmUpNanos = spec.warmUpNanos();
    rate = spec.rate();
    pipeline = spec.pipeline();
    timeoutNanos = spec.timeoutNanos();
    drainNanos = spec.drainNanos();
    keepAlive = spec.keepAlive();
    expectedStatus = spec.expectedStatus();
    verifyEvery = spec.verifyEvery();
    transport = spec.transport();
  }

  /** Sets what is asked for, in turn. */
  public LoadSpecBuilder targets(List<TargetSpec> value) {
    targets = value;
    return this;
  }

  /** Sets the connections over all threads. */
  public LoadSpecBuilder connections(int value) {
    connections = value;
    return this;
  }

  /** Sets the number of event loops. */
  public LoadSpecBuilder threads(int value) {
    threads = value;
    return this;
  }

  /** Sets the measured time. */
  public LoadSpecBuilder duration(Duration value) {
    durationNanos = value.toNanos();
    return this;
  }

  /** Sets the time before the measured time. */
  public LoadSpecBuilder warmUp(Duration value) {
    warmUpNanos = value.toNanos();
    return this;
  }

  /** Sets the constant rate in requests per second; 0 is the closed loop. */
  public LoadSpecBuilder rate(double value) {
    rate = value;
    return this;
  }

  /** Sets the requests in flight on one connection. */
  public LoadSpecBuilder pipeline(int value) {
    pipeline = value;
    return this;
  }

  /** Sets the longest silence on a connection with a request in flight. */
  public LoadSpecBuilder timeout(Duration value) {
    timeoutNanos = value.toNanos();
    return this;
  }

  /** Sets how long requests in flight may take after the end. */
  public LoadSpecBuilder drain(Duration value) {
    drainNanos = value.toNanos();
    return this;
  }

  /** Sets whether a connection carries more than one request. */
  public LoadSpecBuilder keepAlive(boolean value) {
    keepAlive = value;
    return this;
  }

  /** Sets the statuses that count as success; empty: 200 to 299. */
  public LoadSpecBuilder expectedStatus(List<Integer> value) {
    expectedStatus = value;
    return this;
  }

  /** Sets that every n-th body of a target with a checksum is hashed. */
  public LoadSpecBuilder verifyEvery(int value) {
    verifyEvery = value;
    return this;
  }

  /** Sets how the kernel's sockets are used. */
  public LoadSpecBuilder transport(ClientTransport value) {
    transport = value;
    return this;
  }

  /**
   * Returns the run.
   *
   * @throws IllegalArgumentException when a value is out of its range
   */
  public LoadSpec build() {
    return new LoadSpec(
        targets,
        connections,
        threads,
        durationNanos,
        warmUpNanos,
        rate,
        pipeline,
        timeoutNanos,
        drainNanos,
        keepAlive,
        expectedStatus,
        verifyEvery,
        transport);
  }
}
