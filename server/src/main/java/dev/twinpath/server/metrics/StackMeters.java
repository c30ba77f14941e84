package dev.twinpath.server.metrics;

import dev.twinpath.server.path.DataPath;
import dev.twinpath.userstack.stack.StackCounter;
import dev.twinpath.userstack.stack.StackCounters;
import dev.twinpath.userstack.stack.TcpState;
import java.util.Locale;

/** The meters of one shard of the user stack; the shards' values add up. */
public final class StackMeters {
  private static final String PATH = DataPath.USERSTACK.label();
  private static final String IN = "in";
  private static final String OUT = "out";

  private final ServerMetrics metrics;
  private final StackCounters counters;

  private StackMeters(ServerMetrics metrics, StackCounters counters) {
    this.metrics = metrics;
    this.counters = counters;
  }

  /** Registers the counters of a shard. */
  public static void bind(ServerMetrics metrics, StackCounters counters) {
    StackMeters meters = new StackMeters(metrics, counters);
    meters.tcp();
    meters.copies();
    meters.states();
    meters.everything();
  }

  private void tcp() {
    counter(MetricCatalogue.TCP_SEGMENTS, StackCounter.SEGMENTS_IN, IN);
    counter(MetricCatalogue.TCP_SEGMENTS, StackCounter.SEGMENTS_OUT, OUT);
    counter(MetricCatalogue.TCP_RETRANSMITTED_SEGMENTS, StackCounter.RETRANSMITTED_RTO, "rto");
    counter(MetricCatalogue.TCP_RETRANSMITTED_SEGMENTS, StackCounter.RETRANSMITTED_FAST, "fast");
    counter(MetricCatalogue.TCP_RETRANSMITTED_SEGMENTS, StackCounter.RETRANSMITTED_TLP, "tlp");
    counter(MetricCatalogue.TCP_TIMEOUTS, StackCounter.TIMEOUTS);
    counter(MetricCatalogue.TCP_RESETS, StackCounter.RESETS_IN, IN);
    counter(MetricCatalogue.TCP_RESETS, StackCounter.RESETS_OUT, OUT);
    counter(MetricCatalogue.TCP_OUT_OF_ORDER, StackCounter.OUT_OF_ORDER);
    counter(MetricCatalogue.TCP_ZERO_WINDOW, StackCounter.ZERO_WINDOW_IN, IN);
    counter(MetricCatalogue.TCP_ZERO_WINDOW, StackCounter.ZERO_WINDOW_OUT, OUT);
    counter(MetricCatalogue.TCP_LISTEN_OVERFLOWS, StackCounter.LISTEN_OVERFLOWS);
    counter(MetricCatalogue.TCP_CHECKSUM_ERRORS, StackCounter.CHECKSUM_ERRORS);
    counter(MetricCatalogue.TCP_SYN_COOKIES, StackCounter.SYN_COOKIES_SENT);
    counter(MetricCatalogue.TCP_CHALLENGE_ACKS, StackCounter.CHALLENGE_ACKS);
  }

  private void copies() {
    copied(StackCounter.COPIED_SEND, CopyStage.SEND_COPY);
    copied(StackCounter.COPIED_RECEIVE, CopyStage.RECEIVE_COPY);
    copied(StackCounter.COPIED_REASSEMBLY, CopyStage.REASSEMBLY);
  }

  private void states() {
    for (TcpState state : TcpState.values()) {
      if (state != TcpState.CLOSED) {
        metrics.gauge(
            MetricCatalogue.TCP_CONNECTIONS,
            () -> counters.connections(state),
            PATH,
            state.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  /** Every count under its own name: whatever a shard drops or refuses must be findable. */
  private void everything() {
    for (StackCounter counter : StackCounter.values()) {
      counter(MetricCatalogue.STACK_EVENTS, counter, counter.name().toLowerCase(Locale.ROOT));
    }
  }

  private void copied(StackCounter counter, CopyStage stage) {
    counter(MetricCatalogue.COPIED_BYTES, counter, stage.label());
  }

  private void counter(MetricDefinition definition, StackCounter counter, String... labels) {
    String[] values = new String[labels.length + 1];
    values[0] = PATH;
    System.arraycopy(labels, 0, values, 1, labels.length);
    metrics.counter(definition, () -> counters.get(counter), values);
  }
}
