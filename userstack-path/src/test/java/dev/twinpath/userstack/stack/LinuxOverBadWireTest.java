package dev.twinpath.userstack.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.nic.device.NicConfig;
import dev.twinpath.nic.packet.Memory;
import dev.twinpath.nic.wire.ImpairedWire;
import dev.twinpath.nic.wire.Impairment;
import dev.twinpath.testsupport.NetworkNamespace;
import dev.twinpath.testsupport.RequiresRoot;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The kernel's TCP as receiver and sender while the TAP between loses, reorders, duplicates and
 * corrupts.
 */
@RequiresRoot(commands = {"ip", "curl", "sha256sum"})
class LinuxOverBadWireTest {
  private static final int DOWNLOAD = 12_000_000;
  private static final int UPLOAD = 3_000_000;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loss=2%,reorder=2%,duplicate=2%,seed=1",
        "loss=1%,corrupt=1%,delay=2ms,jitter=1ms,seed=2"
      })
  void everyByteArrives(String impairment) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create();
        ShardThread stack =
            new ShardThread(
                StackConfig.builder().address("10.9.0.2/24").build(),
                NicConfig.defaults(0x020000000002L),
                new ImpairedWire(
                    namespace.openTap("tap0", 1, "10.9.0.1/24"), Impairment.parse(impairment)))) {
      TinyHttp http = new TinyHttp(stack.nic.memory());
      stack.call(() -> stack.shard.listen(0, 80, 128, http));
      String curl = "curl -sS --max-time 50 --retry 3 --retry-all-errors ";
      String sum = namespace.shell(curl + "http://10.9.0.2/" + DOWNLOAD + " | sha256sum").output();
      byte[] expected = Memory.toArray(http.pattern(), DOWNLOAD);
      String digest =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(expected));
      assertThat(sum).startsWith(digest);
      String posted =
          namespace
              .shell(
                  "head -c "
                      + UPLOAD
                      + " /dev/zero > /tmp/$$.up; "
                      + curl
                      + "-H 'Expect:' --data-binary @/tmp/$$.up http://10.9.0.2/up; rm /tmp/$$.up")
              .output();
      assertThat(posted).isEqualTo(UPLOAD + "\n");
      assertThat(stack.failure()).isNull();
      assertThat(stack.shard.counters().get(StackCounter.SEGMENTS_RETRANSMITTED)).isPositive();
    }
  }
}
