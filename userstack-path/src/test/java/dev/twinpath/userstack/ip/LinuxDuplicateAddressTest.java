package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.stack.ShardThread;
import dev.twinpath.userstack.stack.StackConfig;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The kernel has the address that we want (RFC 4862 section 5.4). */
@RequiresRoot(commands = {"ip", "ping"})
class LinuxDuplicateAddressTest {
  private static List<AddressState> states(ShardThread stack) {
    List<AddressState>[] states = new List[1];
    stack.call(
        () -> states[0] = stack.shard.addresses().stream().map(AddressStatus::state).toList());
    return states[0];
  }

  @Test
  void weDoNotUseIt() {
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      var wire = namespace.openTap("tap0", 1, "10.9.0.1/24");
      namespace.addIpv6("tap0", "fd09::2/64");
      namespace.addIpv6("tap0", "fd09::1/64");
      try (ShardThread stack =
          new ShardThread(
              StackConfig.builder().address("fd09::2/64").address("fd09::3/64").build(),
              NicConfig.defaults(0x020000000002L),
              wire)) {
        Awaitility.await()
            .untilAsserted(
                () ->
                    assertThat(states(stack))
                        .containsExactly(
                            AddressState.DUPLICATE,
                            AddressState.PREFERRED,
                            AddressState.PREFERRED));
        assertThat(namespace.exec("ping", "-c", "1", "-W", "2", "fd09::3").exitCode()).isZero();
      }
    }
  }
}
