package dev.twinpath.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinpath.server.config.Addresses;
import dev.twinpath.server.config.StackAddress;
import dev.twinpath.server.config.StackRoute;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code --address} and {@code --route} mean, and how addresses are printed. */
class StackOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.2/24, 10.0.0.2/24",
    "fd00:0:0::2/64, fd00::2/64",
    "2001:DB8::A/128, 2001:db8::a/128",
    "fe80::1/10, fe80::1/10"
  })
  void addresses(String text, String shown) {
    assertThat(StackAddress.parse(text)).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "default:10.0.0.1, 0.0.0.0/0 via 10.0.0.1",
    "0.0.0.0/0:10.0.0.1, 0.0.0.0/0 via 10.0.0.1",
    "192.168.7.7/16:10.0.0.1, 192.168.0.0/16 via 10.0.0.1",
    "default:fd00::1, ::/0 via fd00::1",
    "::/0:fe80::1, ::/0 via fe80::1",
    "2001:db8:1::/32:fd00::1, 2001:db8::/32 via fd00::1"
  })
  void routes(String text, String shown) {
    assertThat(StackRoute.parse(text).route()).hasToString(shown);
  }

  @Test
  void portsFollowBracketsWhereTheAddressHasColons() {
    assertThat(Addresses.text(new InetSocketAddress(Addresses.parse("fd00::2"), 80)))
        .isEqualTo("[fd00::2]:80");
    assertThat(Addresses.text(new InetSocketAddress(Addresses.any(), 80))).isEqualTo("0.0.0.0:80");
    assertThat(Addresses.text(new InetSocketAddress(Addresses.parse("10.0.0.2"), 80)))
        .isEqualTo("10.0.0.2:80");
  }
}
