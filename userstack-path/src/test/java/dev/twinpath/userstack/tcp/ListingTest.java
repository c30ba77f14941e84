package dev.twinpath.userstack.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.userstack.stack.ListenerInfo;
import dev.twinpath.userstack.stack.TcpState;
import dev.twinpath.userstack.stack.TimeWaitInfo;
import dev.twinpath.userstack.stack.TimerInfo;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a shard shows of its sockets, as inet_diag does of the kernel's. */
class ListingTest {
  private static final long MILLISECOND = 1_000_000L;

  private static TimerInfo timer(Transcript t) {
    return t.connection().info().details().timer();
  }

  @Test
  void theTimerThatRunsIsNamed() {
    try (Transcript t = new Transcript().established()) {
      assertThat(timer(t)).isEqualTo(TimerInfo.OFF);
      t.connection().keepAlive(true, 60, 10, 3);
      t.after(1000);
      assertThat(timer(t).kind()).isEqualTo("keepalive");
      assertThat(timer(t).remaining()).isBetween(58_000 * MILLISECOND, 60_000 * MILLISECOND);
      t.write(1460).out("P. 1:1461");
      assertThat(timer(t).kind()).isEqualTo("on");
      assertThat(timer(t).remaining()).isBetween(1L, 1000 * MILLISECOND);
      t.in(". 1 ack 1461 win 0").write(10);
      assertThat(timer(t).kind()).isEqualTo("persist");
      assertThat(timer(t).count()).isZero();
      t.after(210).out(". 1460 ack 1");
      assertThat(timer(t).count()).isEqualTo(1);
    }
  }

  @Test
  void listenersAreShown() {
    try (Transcript t = new Transcript().listen()) {
      List<ListenerInfo> listeners = new ArrayList<>();
      t.in("S 0 mss 1460").out("S. 0 ack 1");
      t.stack.forEachListener(listeners::add);
      assertThat(listeners)
          .containsExactly(
              new ListenerInfo(
                  t.listener.localAddress(), t.listener.localPort(), t.listener.backlog(), 0, 1));
    }
  }

  @Test
  void timeWaitIsShownWithWhatIsLeftOfIt() {
    try (Transcript t = new Transcript().established()) {
      int port = t.connection().localPort();
      t.connection().close();
      t.out("F. 1").in(". 1 ack 2");
      List<TimeWaitInfo> entries = new ArrayList<>();
      t.stack.forEachTimeWait(entries::add);
      assertThat(entries).hasSize(1);
      assertThat(entries.get(0).state()).isEqualTo(TcpState.FIN_WAIT_2);
      t.in("F. 1 ack 2").out(". 2 ack 2").after(20_000);
      entries.clear();
      t.stack.forEachTimeWait(entries::add);
      assertThat(entries).hasSize(1);
      assertThat(entries.get(0).state()).isEqualTo(TcpState.TIME_WAIT);
      assertThat(entries.get(0).localPort()).isEqualTo(port);
      assertThat(entries.get(0).remaining()).isBetween(39_000 * MILLISECOND, 40_000 * MILLISECOND);
    }
  }
}
