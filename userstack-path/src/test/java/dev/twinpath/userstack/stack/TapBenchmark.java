package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.testsupport.NetworkNamespace;

/**
 * Not a test: how fast the bare stack answers the kernel's clients over a TAP device. Run its main
 * with the test class path as root; arguments are shell lines to run in the client's namespace.
 */
public final class TapBenchmark {
  private TapBenchmark() {}

  /** Serves on 10.9.0.2:80 while the given lines run. */
  public static void main(String[] lines) {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        ShardThread stack =
            new ShardThread(
                StackConfig.builder().address("10.9.0.2/24").build(),
                NicConfig.defaults(0x020000000002L),
                namespace.openTap("tap0", 1, "10.9.0.1/24"))) {
      TinyHttp http = new TinyHttp(stack.nic.memory());
      stack.call(() -> stack.shard.listen(0, 80, 1024, http));
      for (String line : lines) {
        System.out.println("$ " + line);
        System.out.println(namespace.shell(line).output());
        stack.call(() -> stack.shard.forEachConnection(System.out::println));
      }
      for (StackCounter counter : StackCounter.values()) {
        long value = stack.shard.counters().get(counter);
        if (value != 0) {
          System.out.println(counter + " " + value);
        }
      }
    }
  }
}
