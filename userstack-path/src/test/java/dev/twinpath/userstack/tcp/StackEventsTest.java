package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.event.ShardStatistics;
import dev.twinpath.userstack.stack.StackCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flight recording has of the stack. */
class StackEventsTest {
  @TempDir Path directory;

  private List<RecordedEvent> stop(Recording recording) throws IOException {
    Path file = directory.resolve("recording.jfr");
    recording.stop();
    recording.dump(file);
    return RecordingFile.readAllEvents(file);
  }

  @Test
  void timeoutsLossesAndEndsAreRecorded() throws IOException {
    try (Recording recording = new Recording();
        Transcript t = new Transcript().listen()) {
      recording.enable("dev.twinpath.ConnectionClosed");
      recording.enable("dev.twinpath.RetransmissionTimeout");
      recording.enable("dev.twinpath.LossRecovery");
      recording.start();
      t.in("S 0 win 50000 sackOK mss 1000").out("S. 0 ack 1 sackOK").in(". 1 ack 1 win 50000");
      t.write(5000).drain();
      t.in(". 1 ack 1 win 50000 sack 1001-5001");
      t.drain();
      t.after(2000).drain();
      t.in("R 1");
      List<RecordedEvent> events = stop(recording);
      assertThat(events)
          .extracting(e -> e.getEventType().getName())
          .contains("dev.twinpath.LossRecovery", "dev.twinpath.RetransmissionTimeout")
          .endsWith("dev.twinpath.ConnectionClosed");
      RecordedEvent closed = events.get(events.size() - 1);
      assertThat(closed.getString("cause")).isEqualTo("RESET_BY_PEER");
      assertThat(closed.getString("remote")).isEqualTo("192.0.2.2:40000");
      assertThat(closed.getLong("timeouts")).isPositive();
    }
  }

  @Test
  void shardsReportTheirCounters() throws Exception {
    try (Recording recording = new Recording();
        Transcript t = new Transcript().listen()) {
      recording.enable("dev.twinpath.ShardStatistics").withPeriod(Duration.ofMillis(10));
      t.in("S 0 win 5000").out("S. 0 ack 1").in(". 1 ack 1 win 5000");
      AtomicInteger asked = new AtomicInteger();
      Supplier<List<StackCounters>> shards =
          () -> {
            asked.incrementAndGet();
            return List.of(t.stack.counters());
          };
      try (ShardStatistics ignored = ShardStatistics.of(shards)) {
        recording.start();
        Awaitility.await().until(() -> asked.get() > 1);
        List<RecordedEvent> events = stop(recording);
        assertThat(events).isNotEmpty();
        assertThat(events.get(0).getLong("segmentsIn")).isEqualTo(2);
        assertThat(events.get(0).getInt("shard")).isZero();
      }
    }
  }
}
