package dev.twinpath.userstack.netty;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;

/** A check that cannot fail proves nothing. */
class LeakCheckTest {
  @Test
  void noticesALostBuffer() {
    LeakCheck check = new LeakCheck();
    check.beforeAll(null);
    lose();
    assertThatThrownBy(() -> check.afterAll(null)).isInstanceOf(AssertionError.class);
  }

  private static void lose() {
    PooledByteBufAllocator.DEFAULT.directBuffer(16).writeInt(1);
  }
}
