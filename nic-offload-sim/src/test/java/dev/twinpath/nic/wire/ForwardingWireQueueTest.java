package dev.twinpath.nic.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What decorators do not do themselves reaches the queue behind, also what is added later. */
class ForwardingWireQueueTest {
  private final List<Method> called = new ArrayList<>();

  /** Answers each call with a value that is not the default, and notes it. */
  private final WireQueue behind =
      (WireQueue)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {WireQueue.class},
              (proxy, method, arguments) -> {
                called.add(method);
                return answer(method.getReturnType());
              });

  private static Object answer(Class<?> type) {
    if (type == boolean.class) {
      return true;
    }
    if (type == long.class) {
      return 4711L;
    }
    return type == int.class ? 42 : null;
  }

  private static Object argument(Class<?> type) {
    if (type == long.class) {
      return 1L;
    }
    return type == int.class ? 2 : new Frame();
  }

  @Test
  void everyMethodReachesTheQueueBehind() throws Exception {
    WireQueue queue = new ForwardingWireQueue(behind) {};
    for (Method method : WireQueue.class.getDeclaredMethods()) {
      if (method.isSynthetic() || Modifier.isStatic(method.getModifiers())) {
        continue;
      }
      Object[] arguments =
          Arrays.stream(method.getParameterTypes())
              .map(ForwardingWireQueueTest::argument)
              .toArray();
      called.clear();
      assertThat(method.invoke(queue, arguments)).isEqualTo(answer(method.getReturnType()));
      assertThat(called).as("%s", method).containsExactly(method);
    }
  }
}
