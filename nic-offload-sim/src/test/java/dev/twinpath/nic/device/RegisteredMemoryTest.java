package dev.twinpath.nic.device;

import static dev.twinpath.nic.device.RegisteredMemory.READ;
import static dev.twinpath.nic.device.RegisteredMemory.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegisteredMemoryTest {
  private final RegisteredMemory memory = new RegisteredMemory();

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void translatesInsideTheBoundsOnly() {
    int key = memory.register(1000, 100, READ);
    assertThat(memory.translate(key, 0, 100, READ)).isEqualTo(1000);
    assertThat(memory.translate(key, 99, 1, READ)).isEqualTo(1099);
    assertThat(memory.translate(key, 100, 0, READ)).isEqualTo(1100);
    assertThat(memory.translate(key, 100, 1, READ)).isEqualTo(-1);
    assertThat(memory.translate(key, 0, 101, READ)).isEqualTo(-1);
    assertThat(memory.translate(key, -1, 1, READ)).isEqualTo(-1);
    assertThat(memory.translate(key, 0, -1, READ)).isEqualTo(-1);
    assertThat(memory.translate(key, Long.MAX_VALUE, 1, READ)).isEqualTo(-1);
    assertThat(memory.translate(key, Long.MAX_VALUE, Integer.MAX_VALUE, READ)).isEqualTo(-1);
    assertThat(memory.translate(key, Long.MIN_VALUE, Integer.MIN_VALUE, READ)).isEqualTo(-1);
  }

  @Test
  void givesOnlyTheRightsThatWereGranted() {
    int readable = memory.register(1000, 100, READ);
    int both = memory.register(1000, 100, READ | WRITE);
    assertThat(memory.translate(readable, 0, 1, WRITE)).isEqualTo(-1);
    assertThat(memory.translate(both, 0, 1, WRITE)).isEqualTo(1000);
    assertThat(memory.translate(both, 0, 1, READ | WRITE)).isEqualTo(1000);
  }

  @Test
  void refusesKeysThatAreUnknownOrStale() {
    // Generation 0 is never given out, so that a zeroed descriptor names nothing.
    assertThat(memory.translate(0, 0, 1, READ)).isEqualTo(-1);
    assertThat(memory.translate(-1, 0, 1, READ)).isEqualTo(-1);
    assertThat(memory.translate(Integer.MAX_VALUE, 0, 1, READ)).isEqualTo(-1);
    int first = memory.register(1000, 100, READ);
    memory.deregister(first);
    memory.deregister(first);
    assertThat(memory.translate(first, 0, 1, READ)).isEqualTo(-1);
    int second = memory.register(5000, 100, READ);
    assertThat(second).isNotEqualTo(first).isNotNegative();
    assertThat(memory.translate(first, 0, 1, READ)).isEqualTo(-1);
    assertThat(memory.translate(second, 0, 1, READ)).isEqualTo(5000);
    assertThat(memory.regions()).isEqualTo(1);
  }

  @Test
  void refusesToRegisterNonsense() {
    assertThatIllegalArgumentException().isThrownBy(() -> memory.register(0, 1, READ));
    assertThatIllegalArgumentException().isThrownBy(() -> memory.register(1, -1, READ));
    assertThatIllegalArgumentException().isThrownBy(() -> memory.register(1, 1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> memory.register(1, 1, 4));
  }
}
