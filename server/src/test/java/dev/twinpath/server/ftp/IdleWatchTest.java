package dev.twinpath.server.ftp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** In virtual time. */
class IdleWatchTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final AtomicLong progress = new AtomicLong();
  private final AtomicInteger timeouts = new AtomicInteger();
  private final AtomicLong now = new AtomicLong();
  private final IdleWatch watch = start();

  private IdleWatch start() {
    channel.freezeTime();
    return new IdleWatch(
        channel.eventLoop(),
        now::get,
        progress::get,
        Duration.ofSeconds(8),
        timeouts::incrementAndGet);
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
      channel.advanceTimeBy(1, TimeUnit.SECONDS);
      channel.runScheduledPendingTasks();
    }
  }

  @Test
  void silenceEndsASessionOnce() {
    pass(7);
    assertThat(timeouts).hasValue(0);
    pass(1);
    assertThat(timeouts).hasValue(1);
    pass(100);
    assertThat(timeouts).hasValue(1);
  }

  @Test
  void aCommandBeginsTheTimeAnew() {
    pass(7);
    watch.active();
    pass(7);
    assertThat(timeouts).hasValue(0);
    pass(1);
    assertThat(timeouts).hasValue(1);
  }

  @Test
  void oneByteNowAndThenIsEnough() {
    for (int i = 0; i < 20; i++) {
      progress.incrementAndGet();
      pass(7);
    }
    assertThat(timeouts).hasValue(0);
    pass(8);
    assertThat(timeouts).hasValue(1);
  }

  @Test
  void aStoppedWatchIsSilent() {
    watch.stop();
    pass(100);
    assertThat(timeouts).hasValue(0);
  }
}
