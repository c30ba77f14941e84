package dev.twinpath.nic.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.wire.WireQueue;
import java.lang.reflect.Method;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TappedQueueTest {
  @Test
  void handsEveryMethodOfAQueueOn() {
    assertThat(Arrays.stream(TappedQueue.class.getDeclaredMethods()).map(TappedQueueTest::shape))
        .containsAll(
            Arrays.stream(WireQueue.class.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .map(TappedQueueTest::shape)
                .toList());
  }

  private static String shape(Method method) {
    return method.getName() + Arrays.toString(method.getParameterTypes());
  }
}
