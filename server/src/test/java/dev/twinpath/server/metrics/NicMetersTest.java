package dev.twinpath.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.Nic;
import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.device.NicCounters;
import dev.twinpath.nic.offload.CoalescingCounters;
import dev.twinpath.nic.wire.MemoryWire;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Nothing that the NIC counts is forgotten: whoever adds a counter has to bind it to a meter. */
class NicMetersTest {
  private static final Pattern VALUE = Pattern.compile("(?m)^twinpath_nic_[^ ]+ (\\S+)$");

  /** Values that nothing else has, and of which no sum of two is another. */
  private static final long FIRST = 1_000_003;

  private static final long STEP = 7_919;

  /** Sums of other accessors, which are bound one by one. */
  private static final Set<String> SUMS = Set.of("templateViolations", "deviceNanos");

  @Test
  void everyCounterOfAQueuePairIsBoundToAMeter() throws Exception {
    ServerMetrics metrics = new ServerMetrics();
    try (Nic nic = new Nic(NicConfig.defaults(0x020000000001L), MemoryWire.pair().left())) {
      NicMeters.bind(metrics, nic.queuePair(0));
      NicCounters counters = nic.queuePair(0).counters();
      fill(counters.coalescing(), fill(counters, 0));
      Set<Double> shown = new HashSet<>();
      Matcher value = VALUE.matcher(new String(metrics.scrape("").body(), StandardCharsets.UTF_8));
      while (value.find()) {
        shown.add(Double.valueOf(value.group(1)));
      }
      List<String> unbound = new ArrayList<>();
      unbound.addAll(unbound(counters, NicCounters.class, shown));
      unbound.addAll(unbound(counters.coalescing(), CoalescingCounters.class, shown));
      assertThat(unbound)
          .as("accessors whose value is in no meter; bind them in NicMeters")
          .isEmpty();
    } finally {
      metrics.close();
    }
  }

  /** Gives every plain counter a value of its own. */
  private static int fill(Object counters, int from) throws IllegalAccessException {
    int next = from;
    for (Field field : counters.getClass().getDeclaredFields()) {
      if (field.getType() == long.class && !Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        field.setLong(counters, FIRST + STEP * next++);
      }
    }
    return next;
  }

  private static List<String> unbound(Object counters, Class<?> type, Set<Double> shown)
      throws ReflectiveOperationException {
    List<String> unbound = new ArrayList<>();
    int looked = 0;
    for (Method method : type.getDeclaredMethods()) {
      if (method.getReturnType() != long.class
          || method.getParameterCount() != 0
          || !Modifier.isPublic(method.getModifiers())
          || SUMS.contains(method.getName())) {
        continue;
      }
      looked++;
      double value = (long) method.invoke(counters);
      assertThat(value).as(method.getName()).isPositive();
      if (!shown.contains(value) && !shown.contains(value / 1e9)) {
        unbound.add(type.getSimpleName() + "." + method.getName());
      }
    }
    assertThat(looked).isPositive();
    return unbound;
  }
}
