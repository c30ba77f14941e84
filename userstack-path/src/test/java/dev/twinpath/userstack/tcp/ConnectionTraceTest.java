package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinpath.userstack.ip.IpAddress;
import dev.twinpath.userstack.stack.ConnectionTrace;
import dev.twinpath.userstack.stack.TraceEvent;
import dev.twinpath.userstack.stack.TraceFilter;
import dev.twinpath.userstack.stack.TraceText;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The bounded trace of one connection's events. */
class ConnectionTraceTest {
  private static final TraceFilter ANY = new TraceFilter(IpAddress.ANY, 0, 0);

  private static List<String> lines(ConnectionTrace trace) {
    TraceText text = new TraceText();
    trace.forEach(0, text);
    return text.take().lines().map(line -> line.substring(13)).toList();
  }

  private static List<TraceEvent> kinds(ConnectionTrace trace) {
    List<TraceEvent> kinds = new ArrayList<>();
    trace.forEach(0, (index, nanos, event, a, b, c, d, e) -> kinds.add(event));
    return kinds;
  }

  @Test
  void tellsAConnectionsWholeStory() {
    try (Transcript t = new Transcript().listen()) {
      ConnectionTrace trace = t.stack.trace(ANY, 256);
      assertThat(trace.recorded()).isZero();
      t.in("S 0 win 5000").out("S. 0 ack 1").in(". 1 ack 1 win 5000");
      t.write(100).out("P. 1:101 ack 1");
      t.after(300).out("P. 1:101 ack 1");
      t.in(". 1 ack 101 win 5000");
      t.connection().abort();
      t.out("R. 101 ack 1");
      assertThat(trace.isEnded()).isTrue();
      assertThat(lines(trace))
          .contains(
              "state CLOSED -> SYN_RECEIVED",
              "> [S.] seq 0 ack 1 win 64240",
              "state SYN_RECEIVED -> ESTABLISHED",
              "> again [P.] seq 1:101 ack 1 win 64240",
              "< [.] seq 1 ack 101 win 5000",
              "closed, LOCAL_ABORT")
          .anyMatch(line -> line.startsWith("timeout 1 rto "))
          .anyMatch(line -> line.startsWith("acked una 101 nxt 101 cwnd "));
      assertThat(kinds(trace)).endsWith(TraceEvent.CLOSED);
    }
  }

  @Test
  void joinsAConnectionThatIsThere() {
    try (Transcript t = new Transcript().listen()) {
      t.in("S 0 win 5000").out("S. 0 ack 1").in(". 1 ack 1 win 5000");
      ConnectionTrace trace = t.stack.trace(new TraceFilter(IpAddress.ANY, t.peerPort, 80), 16);
      assertThat(trace.connection()).isEqualTo(t.connection().id());
      t.in("P. 1:11 ack 1 win 5000");
      assertThat(lines(trace)).first().isEqualTo("< [P.] seq 1:11 ack 1 win 5000");
      t.stack.endTrace(trace);
      long before = trace.recorded();
      t.in("P. 11:21 ack 1 win 5000");
      assertThat(trace.recorded()).isEqualTo(before);
      assertThat(trace.isEnded()).isFalse();
    }
  }

  @Test
  void otherConnectionsAreNotFollowed() {
    try (Transcript t = new Transcript().listen()) {
      ConnectionTrace other = t.stack.trace(new TraceFilter(IpAddress.ANY, 1, 0), 16);
      ConnectionTrace elsewhere =
          t.stack.trace(new TraceFilter(IpAddress.parse("192.0.2.77"), 0, 0), 16);
      t.in("S 0 win 5000").out("S. 0 ack 1").in(". 1 ack 1 win 5000");
      assertThat(other.recorded()).isZero();
      assertThat(elsewhere.recorded()).isZero();
    }
  }

  @Test
  void theOldestEventsMakeRoom() {
    try (Transcript t = new Transcript().listen()) {
      ConnectionTrace trace = t.stack.trace(ANY, 4);
      t.in("S 0 win 5000").out("S. 0 ack 1").in(". 1 ack 1 win 5000");
      for (int i = 0; i < 10; i++) {
        t.in("P. " + (1 + i) + ":" + (2 + i) + " ack 1 win 5000");
      }
      List<Long> indexes = new ArrayList<>();
      long lost = trace.forEach(0, (index, n, event, a, b, c, d, e) -> indexes.add(index));
      assertThat(indexes).hasSize(4).endsWith(trace.recorded() - 1);
      assertThat(lost).isEqualTo(trace.recorded() - 4);
      assertThat(trace.forEach(trace.recorded(), (i, n, k, a, b, c, d, e) -> {})).isZero();
    }
  }

  @Test
  void aShardFollowsOnlySoMany() {
    try (Transcript t = new Transcript().listen()) {
      List<ConnectionTrace> traces = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        traces.add(t.stack.trace(ANY, 4));
      }
      assertThatThrownBy(() -> t.stack.trace(ANY, 4))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("at most 16");
      t.stack.endTrace(traces.get(3));
      t.stack.trace(ANY, 4);
    }
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(() -> new ConnectionTrace(0)).hasMessageContaining("1 to 65536");
    assertThatThrownBy(() -> new ConnectionTrace(65_537)).hasMessageContaining("not 65537");
  }
}
