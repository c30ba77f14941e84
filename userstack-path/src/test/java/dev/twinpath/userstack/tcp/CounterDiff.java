package dev.twinpath.userstack.tcp;

import dev.twinpath.userstack.stack.StackCounter;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Which counters of causes have moved. */
final class CounterDiff {
  private static final Set<StackCounter> CAUSES =
      EnumSet.range(StackCounter.ACTIVE_OPENS, StackCounter.DELAYED_ACKS);

  /** What every segment counts, and what depends on the recovery of losses. */
  private static final Set<StackCounter> LEFT_OUT =
      EnumSet.of(
          StackCounter.SEGMENTS_IN,
          StackCounter.SEGMENTS_OUT,
          StackCounter.PACKETS_OUT,
          StackCounter.SEGMENTS_RETRANSMITTED,
          StackCounter.RETRANSMITTED_RTO,
          StackCounter.TIMEOUTS,
          StackCounter.DELAYED_ACKS);

  private final Transcript transcript;
  private final Map<StackCounter, Long> before = new EnumMap<>(StackCounter.class);

  CounterDiff(Transcript t) {
    transcript = t;
    for (StackCounter counter : CAUSES) {
      before.put(counter, t.count(counter));
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    before.forEach(
        (counter, count) -> {
          boolean kept = !LEFT_OUT.contains(counter);
          if (kept && transcript.count(counter) != count) {
            text.append(text.length() == 0 ? "" : " ").append(counter);
          }
        });
    return text.length() == 0 ? "-" : text.toString();
  }
}
