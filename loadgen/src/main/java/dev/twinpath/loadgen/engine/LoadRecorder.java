package dev.twinpath.loadgen.engine;

/**
 * What one event loop counts and times. Written by that loop only.
 *
 * <p>Counters belong to the measured window by the time of the event. A latency belongs to it by
 * the intended send time in an open loop, so that a request that was due in the window counts
 * however late its answer is; in a closed loop by the time of the answer.
 */
final class LoadRecorder {
  private final boolean openLoop;
  private final long measureStart;
  private long measureEnd;
  final Tally total = new Tally();
  final Tally measured = new Tally();
  final Latencies latencies = Latencies.empty();
  long censored;
  long abandoned;

  LoadRecorder(boolean openLoop, long measureStart, long measureEnd) {
    this.openLoop = openLoop;
    this.measureStart = measureStart;
    this.measureEnd = measureEnd;
  }

  void endAt(long nanos) {
    measureEnd = nanos;
  }

  private boolean inWindow(long nanos) {
    return nanos - measureStart >= 0 && nanos - measureEnd < 0;
  }

  void sent(long intended, long freeSince, long now) {
    total.sent++;
    if (inWindow(now)) {
      measured.sent++;
    }
    if (openLoop && inWindow(intended)) {
      Latencies.record(latencies.sendLateness(), now - intended);
      long possible = freeSince - intended > 0 ? freeSince : intended;
      Latencies.record(latencies.generatorLateness(), now - possible);
    }
  }

  void bodyBytes(int length, long now) {
    total.bodyBytes += length;
    if (inWindow(now)) {
      measured.bodyBytes += length;
    }
  }

  void connected(long now) {
    total.connections++;
    if (inWindow(now)) {
      measured.connections++;
    }
  }

  void succeeded(long intended, long actual, long now) {
    total.succeeded++;
    boolean completedInWindow = inWindow(now);
    if (completedInWindow) {
      measured.succeeded++;
    }
    if (openLoop ? inWindow(intended) : completedInWindow) {
      Latencies.record(latencies.intended(), now - intended);
      Latencies.record(latencies.actual(), now - actual);
    }
  }

  void failed(ErrorKind kind, long now) {
    total.errors[kind.ordinal()]++;
    if (inWindow(now)) {
      measured.errors[kind.ordinal()]++;
    }
  }

  /**
   * The run ended before this request was answered, or even sent. Its waiting so far is a lower
   * bound of its latency and is recorded as such: leaving it out would flatter the server.
   */
  void unanswered(long intended, boolean wasSent, long now) {
    if (wasSent) {
      abandoned++;
    }
    if (openLoop && inWindow(intended)) {
      censored++;
      Latencies.record(latencies.intended(), now - intended);
    }
  }
}
