package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import dev.twinpath.userstack.stack.IpConfig;
import dev.twinpath.userstack.stack.ShardThread;
import dev.twinpath.userstack.stack.StackConfig;
import dev.twinpath.userstack.stack.StackCounter;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's IP layer, in a network namespace, and ours: pings, neighbours, duplicates. */
@RequiresRoot(commands = {"ip", "ping"})
class LinuxIpTest {
  private static NetworkNamespace namespace;
  private static ShardThread stack;

  @BeforeAll
  static void start() {
    namespace = NetworkNamespace.create();
    stack =
        new ShardThread(
            StackConfig.builder()
                .address("10.9.0.2/24")
                .address("fd09::2/64")
                .ip(IpConfig.defaults().withDadTransmits(0))
                .build(),
            NicConfig.defaults(0x020000000002L),
            namespace.openTap("tap0", 1, "10.9.0.1/24"));
    namespace.addIpv6("tap0", "fd09::1/64");
  }

  @AfterAll
  static void stop() {
    stack.close();
    namespace.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.9.0.2,1472", "10.9.0.2,1473", "10.9.0.2,20000", "10.9.0.2,60000",
    "fd09::2,1452", "fd09::2,1453", "fd09::2,20000", "fd09::2,60000"
  })
  void pingsOfEverySizeComeBackWhole(String address, int size) {
    String output =
        namespace
            .exec("ping", "-c", "3", "-i", "0.05", "-W", "2", "-s", "" + size, address)
            .output();
    assertThat(output).contains(" 0% packet loss").doesNotContain("wrong data");
    assertThat(stack.failure()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.9.0.2", "fd09::2", "fe80::ff:fe00:2"})
  void theKernelKnowsUsAsReachable(String address) {
    assertThat(namespace.exec("ping", "-c", "1", "-W", "2", "-I", "tap0", address).exitCode())
        .isZero();
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(namespace.exec("ip", "neigh", "show", address).output())
                    .contains("lladdr 02:00:00:00:00:02")
                    .containsAnyOf("REACHABLE", "DELAY"));
  }

  @Test
  void allNodesAnswer() {
    String output = namespace.exec("ping", "-c", "1", "-W", "2", "-I", "tap0", "ff02::1").output();
    assertThat(output).contains("bytes from fe80::");
  }

  @Test
  void theKernelFindsItsOwnAddressTakenByOurs() {
    String output =
        namespace
            .shell(
                "sysctl -qw net.ipv6.conf.tap0.accept_dad=1 &&"
                    + " ip -6 address add fd09::2/64 dev tap0 && sleep 2;"
                    + " ip -6 address show dev tap0; ip -6 address delete fd09::2/64 dev tap0")
            .output();
    assertThat(output).contains("dadfailed");
    assertThat(namespace.exec("ping", "-c", "1", "-W", "2", "fd09::2").exitCode()).isZero();
  }

  @Test
  void fragmentsThatNeverEndAreGivenBack() {
    long[] bytes = {-1};
    namespace.exec("ping", "-c", "2", "-i", "0.05", "-W", "2", "-s", "30000", "10.9.0.2");
    stack.call(() -> bytes[0] = stack.shard.ip().reassemblyBytes());
    assertThat(bytes[0]).isZero();
    assertThat(stack.shard.counters().get(StackCounter.IP_REASM_OKS)).isPositive();
  }
}
