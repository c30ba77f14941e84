package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.linux.Linux;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParkerTest {
  @Test
  void noWakeUpIsLost() throws Exception {
    int rounds = 20_000;
    AtomicInteger work = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    AtomicInteger timeouts = new AtomicInteger();
    try (Parker parker = new Parker(-1)) {
      Thread sleeper =
          new Thread(
              () -> {
                while (done.get() < rounds) {
                  parker.announce();
                  if (work.get() == done.get() && !parker.park(TimeUnit.SECONDS.toNanos(1))) {
                    timeouts.incrementAndGet();
                  }
                  parker.awake();
                  done.set(work.get());
                }
              });
      sleeper.start();
      for (int i = 1; i <= rounds; i++) {
        work.set(i);
        parker.wake();
        while (done.get() < i) {
          Thread.onSpinWait();
        }
      }
      sleeper.join();
    }
    assertThat(timeouts).hasValue(0);
  }

  @Test
  void theNicsDescriptorEndsAPark() {
    int fd = Linux.eventfd(1, Linux.EFD_NONBLOCK | Linux.EFD_CLOEXEC);
    try (Parker parker = new Parker(fd)) {
      parker.announce();
      assertThat(parker.park(TimeUnit.SECONDS.toNanos(10))).isTrue();
      parker.awake();
    } finally {
      Linux.close(fd);
    }
  }

  @Test
  void timeEndsAPark() {
    try (Parker parker = new Parker(-1)) {
      parker.announce();
      assertThat(parker.park(1)).isFalse();
      parker.awake();
      assertThat(parker.wake()).as("nobody sleeps").isFalse();
    }
  }

  @Test
  void wakingAfterCloseIsHarmless() {
    Parker parker = new Parker(-1);
    parker.announce();
    parker.close();
    assertThat(parker.wake()).isTrue();
  }
}
