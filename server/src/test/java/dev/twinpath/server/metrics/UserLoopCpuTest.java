package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class UserLoopCpuTest {
  private double seconds;
  private UserLoopCpu.Split elapsed = UserLoopCpu.Split.ZERO;
  private final UserLoopCpu cpu = new UserLoopCpu(() -> seconds, () -> elapsed);

  @Test
  void theThreadsTimeIsDividedAsTheClockSaw() {
    seconds = 4;
    elapsed = new UserLoopCpu.Split(1_000, 2_000, 1_000);
    cpu.look();
    // Preempted half of the time: what the clock saw is twice what was used.
    seconds = 5;
    elapsed = new UserLoopCpu.Split(3_000, 2_000, 1_000);
    cpu.look();
    assertThat(cpu.applicationSeconds()).isEqualTo(2);
    assertThat(cpu.stackSeconds()).isEqualTo(2);
    assertThat(cpu.nicSeconds()).isEqualTo(1);
  }

  @Test
  void nothingIsLostWhenOneSideStandsStill() {
    seconds = 1;
    cpu.look();
    seconds = 2;
    elapsed = new UserLoopCpu.Split(5, 5, 0);
    cpu.look();
    assertThat(cpu.applicationSeconds() + cpu.stackSeconds() + cpu.nicSeconds())
        .isCloseTo(2, within(1e-12));
  }
}
