package dev.twinpath.server.admin;

import dev.twinpath.userstack.netty.UserStack;
import dev.twinpath.userstack.netty.UserStackIoHandler;
import dev.twinpath.userstack.stack.StackCounter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What all shards of a user stack have counted, as {@code nstat} shows the kernel's. */
public final class UserStackTotals {
  private UserStackTotals() {}

  /**
   * One entry for each cause: {@code name}, {@code kernelName} where Linux counts the same thing,
   * {@code value}.
   */
  public static List<Map<String, Object>> of(UserStack stack) {
    List<Map<String, Object>> totals = new ArrayList<>();
    List<UserStackIoHandler> loops = stack.loops();
    for (StackCounter counter : StackCounter.values()) {
      long sum = 0;
      for (UserStackIoHandler loop : loops) {
        sum += loop.shard().counters().get(counter);
      }
      Map<String, Object> total = new LinkedHashMap<>();
      total.put("name", counter.name());
      if (counter.kernelName() != null) {
        total.put("kernelName", counter.kernelName());
      }
      total.put("value", sum);
      totals.add(total);
    }
    return totals;
  }
}
