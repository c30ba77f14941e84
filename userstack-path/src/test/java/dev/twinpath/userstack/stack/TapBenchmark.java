package dev.twinpath.userstack.stack;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.nic.wire.Wire;
import dev.twinpath.testsupport.NetworkNamespace;

/**
 * Not a test: how fast the bare stack answers the kernel's clients over a TAP device. Run its main
 * with the test class path as root; arguments are shell lines to run in the client's namespace.
 * {@code -Dimpairment=loss=2%,reorder=1%} makes the wire worse.
 */
public final class TapBenchmark {
  private TapBenchmark() {}

  private static Wire wire(NetworkNamespace namespace) {
    Wire tap = namespace.openTap("tap0", 1, "10.9.0.1/24");
    String impairment = System.getProperty("impairment");
    return impairment == null ? tap : new ImpairedWire(tap, Impairment.parse(impairment));
  }

  /** Serves on 10.9.0.2:80 while the given lines run. */
  public static void main(String[] lines) {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        ShardThread stack =
            new ShardThread(
                StackConfig.builder().address("10.9.0.2/24").build(),
                NicConfig.defaults(0x020000000002L),
                wire(namespace))) {
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
