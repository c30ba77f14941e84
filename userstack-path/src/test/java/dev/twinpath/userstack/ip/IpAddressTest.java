package dev.twinpath.userstack.ip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.2, 10.0.0.2",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "2001:db8:0:0:0:0:0:1, 2001:db8::1",
    "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "fe80:0:0:0:0:0:0:0, fe80::",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "::ffff:192.0.2.1, 192.0.2.1"
  })
  void textIsTheShortestFormOfRfc5952(String text, String canonical) throws Exception {
    IpAddress address = IpAddress.parse(text);
    assertThat(address).hasToString(canonical);
    assertThat(IpAddress.parse(canonical)).isEqualTo(address);
    assertThat(IpAddress.of(address.toInetAddress())).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "10.0.0", "10.0.0.256", "1:2", "::g", "fe80::1%eth0", "[::1]", "1::2::3"})
  void refusesWhatIsNoAddress(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not an IP");
  }

  @Test
  void tellsTheVersionsApart() throws Exception {
    assertThat(IpAddress.of(0)).isEqualTo(IpAddress.ANY);
    assertThat(IpAddress.parse("192.0.2.1").isV4()).isTrue();
    assertThat(IpAddress.parse("192.0.2.1").v4()).isEqualTo(0xc0000201);
    assertThat(IpAddress.parse("2001:db8::1").isV4()).isFalse();
    assertThat(IpAddress.of(InetAddress.getByName("::1"))).isEqualTo(new IpAddress(0, 1));
    assertThat(IpAddress.parse("fe80::1").isLinkLocal()).isTrue();
    assertThat(IpAddress.parse("fec0::1").isLinkLocal()).isFalse();
    assertThat(IpAddress.parse("ff02::1").isMulticast()).isTrue();
    assertThat(IpAddress.parse("224.0.0.1").isMulticast()).isTrue();
    assertThat(IpAddress.parse("192.0.2.1").isMulticast()).isFalse();
  }

  @Test
  void ordersAsUnsignedNumbers() {
    assertThat(IpAddress.parse("fe80::1")).isGreaterThan(IpAddress.parse("2001:db8::1"));
    assertThat(IpAddress.parse("200.0.0.1")).isGreaterThan(IpAddress.parse("10.0.0.1"));
  }
}
